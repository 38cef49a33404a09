"""python manage.py generate: what it refuses before anything is made."""

import pytest
from django.core.management import call_command

WORDS = ("generate", "--model", "pony", "--mode", "text2image", "--prompt", "a teapot")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--set", "steps=10", "--set", "steps=11"), "steps: "),
        (("--set", "model=flux"), "model: "),
        (("--queued",), "user: "),
        (("--queued", "--user", "nobody"), "user: There is no user nobody."),
    ],
)
def test_words_given_twice_or_to_nobody_are_refused(capsys, tmp_path, words, said):
    with pytest.raises(SystemExit) as ended:
        call_command(*WORDS, "--out", str(tmp_path), *words)
    assert ended.value.code == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith(said)
