"""The prompt policy on its labelled lists: how much of what must be refused is refused in each dress, how many ordinary
prompts raise a false alarm, and what judging costs.

Milliseconds of CPU are of one prompt of 2,000 characters: the median, the slowest, and the median's ratio to that of an
ordinary prompt. The other texts are made to be as slow as can be.
"""

import time
from collections import Counter
from statistics import median

from safety.policy import judge
from tests.safety import labelled, ordinary
from tests.safety.evasions import TRICKS

LENGTH = 2000
TIMES = 20
HOSTILE = {
    "letters apart": "a b ",
    "letters and dots": "a.b.c.",
    "brackets": "(:",
    "digits": "1 ",
    "ages": "12 years old ",
    "one long word": "abc",
    "invisible": "\u200b",
}


def main() -> None:
    _recall()
    _false_alarms()
    _speed()


def _recall() -> None:
    lists = labelled.read()
    print(f"{'refused of what must be':28}" + "".join(f"{name:>8}" for name in lists))
    for name, trick in TRICKS.items():
        shares = (sum(not _allows(trick(prompt)) for prompt in prompts) / len(prompts) for prompts in lists.values())
        print(f"{name:28}" + "".join(f"{share:8.3f}" for share in shares))


def _false_alarms() -> None:
    prompts = list(ordinary.prompts())
    counts = Counter(field for field, _prompt in prompts)
    alarms = Counter(field for field, prompt in prompts if not _allows(prompt))
    print(f"\n{'ordinary prompts':28}{'count':>8}{'alarms':>8}{'share':>8}")
    for field, count in counts.items():
        print(f"{field:28}{count:8}{alarms[field]:8}{alarms[field] / count:8.3%}")
    print(f"{'all':28}{len(prompts):8}{alarms.total():8}{alarms.total() / len(prompts):8.3%}")


def _speed() -> None:
    prompts = [prompt for _field, prompt in ordinary.prompts()]
    texts = {"ordinary": ", ".join(prompts[:: len(prompts) // 60])} | {name: t * LENGTH for name, t in HOSTILE.items()}
    spent = {name: _milliseconds(text[:LENGTH]) for name, text in texts.items()}
    print(f"\n{'2,000 characters':28}{'ms':>8}{'slowest':>8}{'ratio':>8}")
    for name, each in spent.items():
        print(f"{name:28}{median(each):8.2f}{max(each):8.2f}{median(each) / median(spent['ordinary']):8.1f}")


def _milliseconds(text: str) -> list[float]:
    _allows(text)
    spent = []
    for _ in range(TIMES):
        start = time.process_time()
        _allows(text)
        spent.append((time.process_time() - start) * 1000)
    return spent


def _allows(prompt: str) -> bool:
    return judge({"prompt": prompt}).allowed
