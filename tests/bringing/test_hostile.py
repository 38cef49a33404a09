"""Zips and files that lie: nothing they claim is believed, nothing of them breaks the page, nothing stays."""

import io
import json
import struct
import zipfile
from itertools import product

import pytest
from django.contrib.auth.models import User
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gallery import collecting, describing, tagging
from gallery.models import Collection, Descent, Output, SavedSearch, Tag, Visibility
from generation import uploads
from generation.bringing.archives import Archive, Bounds
from generation.bringing.bringing import Bringing
from generation.catalogue import Invalid
from generation.models import Generation, Grid, ReferenceImage
from generation.reading.found import OURS
from moderation.models import Refusal
from tests.conftest import png_bytes
from tests.gallery.conftest import files_in
from tests.pages import hostile
from tests.pages.test_reading import FORGE, png
from tests.security.hostile import damaged, talking

from .conftest import send, taken_out, whys, zip_of
from .world import AXES, everything, fill, made, picture, wipe

THE_SAME_EACH_TIME = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
MANIFEST = {"format": "mediagen-gallery", "version": 1}


def theirs(owner: User, folder) -> dict[str, bytes]:
    """Another person's gallery, taken out, of one picture that began with an upload."""
    upload = uploads.keep(owner, uploads.read_picture(picture("teal")))
    made(owner, folder, "png", 7, mode="image2image", reference_image=upload.sha256)
    return taken_out(owner)


def record_of(files: dict[str, bytes]) -> tuple[str, dict]:
    (name,) = (name for name in files if name.startswith("outputs/") and name.endswith(".json"))
    return name, json.loads(files[name])


def test_what_this_site_did_not_sign_is_only_somebodys_word(hers, person, other, media, tmp_path):
    """Of another person, or changed: brought in, with its request, and without the receipt and the hashes it claims."""
    files = theirs(other, tmp_path)
    name, said = record_of(files)
    said |= {
        **{"again": {"verdict": "identical"}, "pixel_sha256": "0" * 64, "imported": False, "from_photograph": False},
        **{"visibility": "public", "rating": "general", "title": "Mine", "tags": ["Tea", "tea", "a,b", 7]},
        **{"id": said["id"], "created_at": "2031-01-01T00:00:00+00:00", "favourite_since": "2026-01-01T00:00:00+00:00"},
        "receipt": {"versions": {"items": [1, 2, 3]}, "request": "x"},
        "demo": False,
    }
    files[name] = json.dumps(said).encode()
    answer = send(hers, {"forged.zip": zip_of(files)})
    assert answer.status_code == 200, whys(answer)
    brought = Output.objects.get(owner=person)
    original = Output.objects.get(owner=other)
    assert str(brought.pk) != said["id"]
    assert (brought.imported, brought.visibility, brought.rating, brought.again) == (True, "private", "", None)
    assert brought.pixel_sha256 == original.pixel_sha256  # of these very pixels
    assert brought.created_at.year < 2031
    assert brought.receipt.keys() == {"brought_in"}
    assert brought.receipt["brought_in"]["tool"] == OURS
    assert brought.parameters == original.parameters
    assert (brought.title, sorted(brought.tags.values_list("name", flat=True))) == ("Mine", ["7", "tea"])
    reference = ReferenceImage.objects.get(owner=person)
    assert not reference.made_here
    assert reference.rights_confirmed_at is not None
    assert hers.get(f"/gallery/{brought.pk}/").status_code == 200
    assert Output.objects.filter(owner=other).count() == 1


def test_a_good_record_does_not_vouch_for_another_file(hers, person, media, tmp_path):
    made(person, tmp_path, "png", 7)
    files = taken_out(person)
    _name, said = record_of(files)
    files[said["file"]] = png(parameters=FORGE)
    Output.objects.all().delete()
    answer = send(hers, {"swapped.zip": zip_of(files)})
    assert answer.status_code == 422
    assert whys(answer) == ["This is not the file that its JSON speaks of."]
    assert not Output.objects.exists()


def test_one_kind_of_record_passes_for_no_other(hers, person, media, tmp_path):
    fill(person, tmp_path)
    files = taken_out(person)
    references = [name for name in files if name.startswith("references/") and name.endswith(".json")]
    outputs = [name for name in files if name.startswith("outputs/") and name.endswith(".json")]
    collections = json.loads(files["collections.json"])
    said = json.loads(files[outputs[0]])
    files["collections.json"] = json.dumps([*collections, said, json.loads(files[references[0]])]).encode()
    files["outputs/a.json"] = json.dumps({**collections[0], "file": said["file"]}).encode()
    files["outputs/b.json"] = files[references[0]]
    files[references[0]] = files[outputs[0]]
    wipe(person)
    answer = send(hers, {"a.zip": zip_of(files)})
    assert answer.status_code == 200
    assert Collection.objects.count() == 2


def test_lineage_of_others_is_nobodys_to_claim(hers, person, other, media, tmp_path):
    public = made(other, tmp_path, "png", 1)
    Output.objects.update(visibility=Visibility.PUBLIC, rating="general")
    mine = made(person, tmp_path, "png", 2)
    files = taken_out(person)
    name, said = record_of(files)
    Output.objects.filter(pk=mine.pk).delete()
    step = {"how": "rerun", "id": str(public.pk), "sha256": public.sha256}
    files[name] = json.dumps({**said, "parents": [step, {"how": "x"}, 3, {**step, "id": said["id"]}]}).encode()
    assert len(send(hers, {"a.zip": zip_of(files)}).context["report"].came) == 1
    assert not Descent.objects.exists()


def test_names_lead_nowhere(hers, person, other, media, tmp_path):
    files = theirs(other, tmp_path)
    name, said = record_of(files)
    picture = files.pop(said["file"])
    files |= {"outputs/../../../../evil.png": picture, "/etc/evil.png": picture}
    files[name] = json.dumps({**said, "file": "outputs/../../../../evil.png"}).encode()
    before = set(tmp_path.rglob("*")) - set(media.rglob("*"))
    assert len(send(hers, {"a.zip": zip_of(files)}).context["report"].came) == 1
    assert set(tmp_path.rglob("*")) - set(media.rglob("*")) == before


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        ({**MANIFEST, "version": 2}, "Another version of MediaGen wrote this. Update this site to bring it in."),
        ("{", "This is not the JSON that MediaGen writes."),
        ("[" * 100_000, "This is not the JSON that MediaGen writes."),
        ("[" * 500 + "]" * 500, "This is not the JSON that MediaGen writes."),
        ('{"a": NaN}', "This is not the JSON that MediaGen writes."),
        ('{"a": ' + "9" * 5000 + "}", "This is not the JSON that MediaGen writes."),
    ],
)
def test_a_manifest_that_cannot_be_read_says_so(bring, manifest, why):
    answer = bring(a_zip=zip_of({"manifest.json": manifest}))
    assert answer.status_code == 422
    assert whys(answer) == [why]


def bomb() -> bytes:
    return zip_of({"a.png": bytes(60_000_000)}, compression=zipfile.ZIP_DEFLATED)


def lying() -> bytes:
    """A directory that tells of a small file where a large one is."""
    whole = bytearray(zip_of({"a.png": bytes(9_000_000)}, compression=zipfile.ZIP_DEFLATED))
    at = whole.rindex(b"PK\1\2")
    struct.pack_into("<L", whole, at + 24, 1000)
    return bytes(whole)


def encrypted() -> bytes:
    whole = bytearray(zip_of({"a.png": png_bytes()}))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        whole[whole.index(signature) + offset] |= 1
    return bytes(whole)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (bomb(), "This unpacks to far more than it should."),
        (lying(), "This file cannot be unpacked: it is damaged or encrypted."),
        (encrypted(), "This file cannot be unpacked: it is damaged or encrypted."),
        (zip_of({"a.png": png_bytes()})[:-30], "This zip is damaged or cut off."),
        (zip_of({"a.png": hostile.bomb()}), "At most 40 megapixels, please: make the image smaller."),
        (zip_of({"a.png": png(parameters=FORGE) + zip_of({"a": b"b"})}), "This file holds more than an image."),
        (zip_of({"a.png": hostile.animated("PNG")}), "This image is animated. Use a still one."),
        (zip_of({"a.svg": hostile.SVG}), "This is no PNG, JPG, WebP, GIF, MP4 or WebM file."),
        (b"not a zip at all", "This is no ZIP, PNG, JPG, WebP, GIF, MP4 or WebM file."),
        (zip_of({"a.mp4": b"\0\0\0\x18ftypisom" + bytes(64)}), "This video is damaged or cut off."),
        (zip_of({"a.webm": b"\x1aE\xdf\xa3" + bytes(64)}), "This video is damaged or cut off."),
    ],
)
def test_what_is_not_sound_is_refused_with_its_reason(bring, media, content, why):
    answer = bring(a_zip=content)
    assert answer.status_code == 422
    (said,) = whys(answer)
    assert said.startswith(why)
    assert files_in(media) == []
    assert not Output.objects.exists()


def test_all_of_a_zip_together_is_bounded():
    members = {f"{number}.bin": bytes(400_000) for number in range(10)}
    archive = Archive(io.BytesIO(zip_of(members)), Bounds(unpacked=1_000_000))
    first, second, third, *_rest = members
    assert archive.content(first, 10_000_000) == archive.content(second, 10_000_000)
    with pytest.raises(Invalid, match="far more"):
        archive.content(third, 10_000_000)


def test_a_record_counts_once_though_it_is_looked_at_ahead_of_its_turn(person, other, media, tmp_path):
    """Where a file is here already, all records of the zip tell whether it is what one of them speaks of."""
    for seed in (1, 2, 3):
        made(other, tmp_path, "png", seed)
    files = taken_out(other)
    unpacked = sum(map(len, files.values()))
    for seed, bound in product((1, 2, 3), (unpacked, unpacked - 1)):
        Output.objects.filter(owner=person).delete()
        loose, whole = Bringing(person, Bounds()), Bringing(person, Bounds(unpacked=bound))
        loose.take("loose.png", io.BytesIO((tmp_path / f"{seed}.png").read_bytes()))
        whole.take("a.zip", io.BytesIO(zip_of(files)))
        assert bool(whole.report.refused) == (bound < unpacked)
        assert Output.objects.filter(owner=person).count() == 3


def test_a_huge_directory_is_not_read():
    entry = struct.pack("<4s6H3L5H2L", b"PK\1\2", *([0] * 6), 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    directory = entry * 100_000
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65_535, 65_535, len(directory), 0, 0)
    with pytest.raises(Invalid, match="too many files"):
        Archive(io.BytesIO(b"PK\3\4" + directory + end), Bounds.of_a_request())


def test_a_video_with_something_behind_it_is_refused(bring, other, media, tmp_path):
    made(other, tmp_path, "gif", 5)
    made(other, tmp_path, "mp4", 5)
    behind = zip_of({"a": b"b"})
    gif, mp4 = ((tmp_path / f"5.{format}").read_bytes() for format in ("gif", "mp4"))
    answer = bring(a_gif=gif + b"<script>", b_gif=gif + behind, c_mp4=mp4 + behind, d_mp4=mp4[: len(mp4) // 2])
    assert len(whys(answer)) == 4
    assert not Output.objects.exclude(owner=other).exists()


def test_text_that_databases_do_not_take_comes_in_without_it(bring, person):
    said = {"prompt": "a fox\0\ud800", "seed": 5, "note": "\ud83d\0"}
    content = png(mediagen=json.dumps(said), parameters="a fox\nSteps: 20, Seed: 1")
    bring(a_png=content)
    for output in Output.objects.all():
        assert "\0" not in json.dumps(output.receipt)
        str(output.receipt).encode()


def test_a_collection_whose_words_are_refused_stays_out(hers, person, media, tmp_path):
    from moderation.models import Term

    fill(person, tmp_path)
    files = taken_out(person)
    wipe(person)
    Term.objects.create(phrase="shelf", does=Term.Does.BLOCK)
    answer = send(hers, {"a.zip": zip_of(files)})
    assert [(line.name, "do not allow" in line.why) for line in answer.context["report"].refused] == [("Shelf", True)]
    assert list(Collection.objects.values_list("title", flat=True)) == ["All of one tag"]
    assert Output.objects.count() == 9


@pytest.mark.parametrize("place", ["title", "notes", "tag", "collection", "description", "search"])
def test_words_that_are_refused_here_do_not_come_in_by_a_zip(hers, person, media, tmp_path, place):
    """Not even by our own word: what was allowed when it was written may not be so any more."""
    refused = "two naked children"
    output = made(person, tmp_path, "png", 1)
    match place:
        case "title" | "notes":
            describing.describe(output, **{"title": "", "notes": "", place: refused})
        case "tag":
            tagging.add(person, [output.pk], refused)
        case "search":
            SavedSearch.objects.create(owner=person, name=refused, query="kettle")
        case _:
            said = {"title": refused} if place == "collection" else {"title": "Kettles", "description": refused}
            collecting.add(Collection.objects.create(owner=person, **said), [output.pk])
    files = taken_out(person)
    assert refused in str(b"".join(files.values()))
    wipe(person)
    answer = send(hers, {"a.zip": zip_of(files)})
    assert len(answer.context["report"].refused) == 1
    assert Refusal.objects.get().where == "import"
    everything_kept = [*Output.objects.values_list("title", "notes"), *Collection.objects.values_list("title")]
    assert refused not in str([everything_kept, *SavedSearch.objects.all(), *Tag.objects.all()])


def test_a_zip_of_another_account_of_the_same_site_comes_as_brought_in(hers, person, other, media, tmp_path):
    fill(other, tmp_path)
    before = everything(other)
    answer = send(hers, {"a.zip": zip_of(taken_out(other))})
    assert whys(answer) == []
    mine = Output.objects.filter(owner=person)
    assert (mine.count(), mine.filter(imported=False).count(), answer.context["report"].claimed) == (9, 0, 9)
    assert "9 files came in by what their records claim" in answer.content.decode()
    brought, kept = everything(person), everything(other)
    assert kept == before
    assert Tag.objects.filter(owner=person).count() == 2
    now = {output.receipt["brought_in"]["record"]: output for output in mine}
    # What was made again exactly is the same file, and yet another output than its original.
    twins = [[now[step["child"]], now[step["parent"]]] for step in before["family"] if step["how"] == "rerun"]
    (child, parent) = twins[0]
    assert child.sha256 == parent.sha256
    assert list(Descent.objects.filter(child=child).values_list("parent", "how")) == [(parent.pk, "remix")]
    assert not Descent.objects.filter(child=parent).exists()
    named = ("title", "description", "query", "created_at", "visibility")
    told = [[[shelf[name] for name in named] for shelf in all["collections"]] for all in (brought, kept)]
    assert told[0] == told[1]
    assert [str(now[shelf["cover"]].pk) for shelf in kept["collections"]] == [
        s["cover"] for s in brought["collections"]
    ]
    assert [brought["grids"][0][1:4], len(brought["grids"][0][4])] == [kept["grids"][0][1:4], 2]
    again = send(hers, {"a.zip": zip_of(taken_out(other))}).context["report"]
    assert (len(again.came), len(again.there), again.claimed) == (0, 9, 0)
    assert everything(person) == brought


def test_what_was_made_again_never_takes_the_place_of_its_original(hers, person, other, media, tmp_path):
    """Not even where one of the two is refused, or the same file came in by itself before."""
    png = made(other, tmp_path, "png", 1)
    again = made(other, tmp_path, "png", 1)
    Output.objects.filter(pk=again.pk).update(title="two naked children")
    files = taken_out(other)
    for _time in range(2):
        assert len(send(hers, {"a.zip": zip_of(files)}).context["report"].refused) == 1
        (brought,) = Output.objects.filter(owner=person)
        assert brought.receipt["brought_in"]["record"] == str(png.pk)
    Output.objects.filter(owner=person).delete()
    Output.objects.filter(pk=again.pk).update(title="")
    send(hers, {"loose.png": (tmp_path / "1.png").read_bytes()})
    for came, there in ((1, 1), (0, 2)):
        report = send(hers, {"a.zip": zip_of(taken_out(other))}).context["report"]
        assert (len(report.came), len(report.there)) == (came, there)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"width": "wide"}, "The JSON beside this file is damaged: what it says cannot be read."),
        *(
            ({"receipt": receipt}, "The JSON beside this file is damaged: what it says cannot be read.")
            for receipt in (
                {"loras": 5},
                {"request": 5},
                {"seconds": {"dreaming": 1}},
                {"weights": {"sha256": {"items": 5}}},
                {"brought_in": {"record": []}},
            )
        ),
        ({"prompt": "a fox\0"}, "The JSON beside this file is damaged: what it says cannot be read."),
        ({"sha256": "0" * 64}, "This is not the file that its JSON speaks of."),
        ({"format": "../x"}, "This is not the file that its JSON speaks of."),
        ({"signature": None}, ""),
    ],
)
def test_who_vouches_for_a_zip_does_not_vouch_for_what_is_damaged(person, sample, change, why):
    files, name, said = sample
    bringing = Bringing(person, Bounds(), trusting=True)
    bringing.take("a.zip", io.BytesIO(zip_of({**files, name: json.dumps({**said, **change})})))
    assert [line.why for line in bringing.report.refused] == ([why] if why else [])
    # What nobody signed is a claim.
    assert bringing.report.claimed == Output.objects.filter(owner=person, imported=True).count() == (not why)


def test_a_parent_is_looked_for_by_a_hash_alone(hers, sample):
    """SQLite takes no half of a surrogate pair, PostgreSQL no NUL."""
    files, name, said = sample
    parents = [{"how": "remix", "id": "0" * 32, "sha256": text} for text in ("\ud800", "\0")]
    answer = send(hers, {"a.zip": zip_of({**files, name: json.dumps({**said, "parents": parents})})})
    assert (answer.status_code, len(answer.context["report"].came)) == (200, 1)


def test_a_grid_comes_with_what_is_of_it(hers, person, sample):
    """Also when the outputs came before, out of a zip of before there were grids in it."""
    files, _name, said = sample
    name = f"grids/{said['grid']['id']}.json"
    grid = json.loads(files[name])
    mine = Grid.objects.filter(owner=person)
    for sheet in (
        None,
        {**grid, "axes": []},
        {**grid, "parameters": {**grid["parameters"], "prompt": "two naked children"}},
    ):
        told = {} if sheet is None else {name: json.dumps(sheet)}
        answer = send(hers, {"a.zip": zip_of({**{path: files[path] for path in files if path != name}, **told})})
        assert len(answer.context["report"].refused) == len(told)
        assert not mine.exists()
    for _time in range(2):
        assert whys(send(hers, {"a.zip": zip_of(files)})) == []
        assert mine.get().generations.get().outputs.get() == Output.objects.get(owner=person)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(["0" * 64, "png"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
FIELDS = """
    version file id owner created_at title notes tags favourite_since parents collections parameters receipt signature
    sha256 grid again seconds trashed_at width frames pixel_sha256
""".split()  # noqa: SIM905


ASKED = ["type", "model", "mode", "prompt", "seed", "steps", "loras"]
axes = st.fixed_dictionaries(
    {"parameter": st.sampled_from([*ASKED, "keyframes", "x"]) | values, "values": st.lists(values, max_size=3) | values}
)
shelves = st.fixed_dictionaries(
    {"kind": st.just("collection"), "version": st.just(1), "id": st.uuids().map(str) | values, "title": values},
    optional={"query": values, "description": values, "cover_id": values, "created_at": values, "signature": values},
)


@THE_SAME_EACH_TIME
@given(
    changes=st.dictionaries(st.sampled_from(FIELDS), values, max_size=4),
    asked=st.dictionaries(st.sampled_from(ASKED), values),
    listed=values | st.lists(shelves, max_size=3),
    drawn=st.dictionaries(st.sampled_from(["axes", "created_at", "id"]), st.lists(axes, max_size=3) | values),
    trusting=st.booleans(),
)
def test_no_record_breaks_the_page(hers, person, sample, changes, asked, listed, drawn, trusting):
    """Not even one of a zip that an operator vouches for."""
    files, name, said = sample
    forged = {**said, "parameters": {**said["parameters"], **asked}, **changes}
    grid = f"grids/{said['grid']['id']}.json"
    sheet = json.loads(files[grid])
    both = {name: json.dumps(forged), "collections.json": json.dumps(listed), "searches.json": json.dumps(listed)}
    both[grid] = json.dumps({**sheet, "parameters": {**sheet["parameters"], **asked}, **drawn})
    if trusting:
        Bringing(person, Bounds(), trusting=True).take("a.zip", io.BytesIO(zip_of({**files, **both})))
    else:
        assert send(hers, {"a.zip": zip_of({**files, **both})}).status_code in (200, 422)
    for drawn_again in Grid.objects.filter(owner=person):
        assert hers.get(f"/grids/{drawn_again.pk}/").status_code == 200
        assert hers.get(f"/grids/{drawn_again.pk}/sheet.jpg").status_code in (200, 404)
        drawn_again.delete()
    for output in Output.objects.filter(owner=person):
        assert hers.get(f"/gallery/{output.pk}/").status_code == 200
        assert hers.get("/", {"remix": output.pk}).status_code == 200
        output.delete()


@pytest.fixture
def sample(other, media, tmp_path):
    upload = uploads.keep(other, uploads.read_picture(picture("teal")))
    output = made(other, tmp_path, "png", 7, mode="image2image", reference_image=upload.sha256)
    grid = Grid.objects.create(owner=other, parameters=output.parameters, axes=AXES)
    Generation.objects.filter(outputs=output).update(grid=grid, cell=0)
    files = taken_out(other)
    return files, *record_of(files)


@THE_SAME_EACH_TIME
@given(content=damaged() | talking, packed=st.booleans())
def test_no_file_breaks_the_page(hers, content, packed):
    answer = send(hers, {"a.zip": zip_of({"a.png": content})} if packed else {"a.png": content})
    assert answer.status_code in (200, 422)
    for output in Output.objects.all():
        assert hers.get(f"/gallery/{output.pk}/").status_code == 200
        output.delete()
