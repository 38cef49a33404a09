"""A grid of requests: asked for, looked over, limited, made, and looked at."""

import io
import re
from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation
from PIL import Image

from containers import mark
from gallery.models import Output
from generation import grid_list, grids
from generation.catalogue import Choice, Invalid, models
from generation.models import Generation, Grid, Share, State
from tests.pages.conftest import form_of, upload

HTMX = {"HX-Request": "true"}


def axes(x: str, x_values: str, y: str = "", y_values: str = "") -> dict[str, str]:
    return {"explore-x": x, "explore-x_values": x_values, "explore-y": y, "explore-y_values": y_values}


def submit(client, *words: str, **values: object) -> Grid:
    answer = client.post("/grids/", form_of("pony", "text2image", **{"seed": "7", **values}) | axes(*words))
    assert answer.status_code == 303, answer.context["explore"].errors
    grid = Grid.objects.latest("created_at")
    assert answer["Location"] == f"/grids/{grid.pk}/"
    return grid


def cells(grid: Grid, *names: str) -> list[list]:
    return [[row.parameters[name] for name in names] for row in grid.generations.order_by("cell")]


def test_every_number_choice_and_text_can_be_an_axis():
    for model in models().values():
        for mode in model.modes:
            names = {parameter.id for parameter in grids.offered(model, mode)}
            assert names >= {"prompt", "seed", "width", "output_format"}
            assert not names & {"reference_image", "keyframes", "loras", "batch_size"}
            assert ("steps" in names) == (model.type == "image")


@pytest.mark.parametrize(
    ("name", "text", "values"),
    [
        ("steps", "10, 20,30", (10, 20, 30)),
        ("cfg_scale", "4, 5.5;7", (4.0, 5.5, 7.0)),
        ("cfg_scale", "4,5", (4.0, 5.0)),
        ("sampler", "euler_a, DPM++ 2M Karras", ("Euler a", "DPM++ 2M Karras")),
        ("prompt", "a fox, running; a fox, asleep\n", ("a fox, running", "a fox, asleep")),
        ("seed", "-1, -1, 5", (-1, -1, 5)),
    ],
)
def test_values_are_read_as_their_parameter_reads_them(name, text, values):
    parameter = models()["pony"].parameter(name)
    assert grids.read_values(parameter, text) == values


def test_a_comma_belongs_to_the_number_where_people_write_it_so():
    parameter = models()["pony"].parameter("cfg_scale")
    with translation.override("ru"):
        for text in ("4,5 5,5", "4,5; 5,5", "4,5, 5,5", "4.5, 5.5"):
            assert grids.read_values(parameter, text) == (4.5, 5.5)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("steps", "10, 99", "out_of_range"),
        ("steps", "", "no_values"),
        ("steps", " , ;", "no_values"),
        ("steps", "10, 10", "value_repeated"),
        ("sampler", "Euler a, Nobody", "not_a_choice"),
        ("seed", ", ".join(map(str, range(65))), "too_many_cells"),
    ],
)
def test_values_that_are_wrong_are_refused(name, text, code):
    with pytest.raises(Invalid) as refused:
        grids.read_values(models()["pony"].parameter(name), text)
    assert refused.value.code == code


def test_every_combination_is_asked_with_the_same_seed(mine):
    grid = submit(mine, "steps", "10, 20, 30", "cfg_scale", "4, 8", seed="-1", batch_size="4")
    assert cells(grid, "cfg_scale", "steps") == [[4.0, 10], [4.0, 20], [4.0, 30], [8.0, 10], [8.0, 20], [8.0, 30]]
    assert len({row.parameters["seed"] for row in grid.generations.all()}) == 1
    assert {row.parameters["batch_size"] for row in grid.generations.all()} == {1}
    assert all(row.state == State.QUEUED for row in grid.generations.all())


def test_seeds_that_are_left_to_chance_are_drawn_for_the_sheet(mine):
    grid = submit(mine, "seed", "-1, -1, 9")
    seeds = grid.axes[0]["values"]
    assert seeds[2] == 9
    assert -1 not in seeds
    assert cells(grid, "seed") == [[seed] for seed in seeds]


def test_it_is_looked_over_before_anything_is_made(mine):
    form = form_of("pony", "image2image", seed="-1") | axes("steps", "10, 20", "denoising_strength", "0.3; 0.6")
    answer = mine.post("/explore/", form)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "4 results" in page
    assert "of work together" in page
    assert not Generation.objects.exists()
    fields = answer.context["fields"]
    assert "<html" not in mine.post("/explore/", fields, headers=HTMX).content.decode()
    assert mine.post("/grids/", fields).status_code == 303
    assert cells(Grid.objects.get(), "steps", "denoising_strength") == [[10, 0.3], [20, 0.3], [10, 0.6], [20, 0.6]]
    assert Grid.objects.get().parameters["seed"] == int(fields["seed"])


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("", ""), "x"),
        (("steps", "10", "steps", "20"), "y"),
        (("steps", "10", "", "3"), "y"),
        (("steps", "ten"), "x_values"),
        (("nothing", "10"), "x"),
        (("quality", "70"), None),
        (("seed", ",".join(map(str, range(9))), "cfg_scale", ",".join(map(str, range(1, 9)))), None),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(mine, words, field):
    for path in ("/explore/", "/grids/"):
        answer = mine.post(path, form_of("pony", "text2image", prompt="as typed") | axes(*words), headers=HTMX)
        assert answer.status_code == 422
        assert (field or "__all__") in answer.context["explore"].errors
        assert answer["HX-Retarget"] == "#form"
        assert "as typed" in answer.content.decode()
        assert f'value="{words[1]}"' in answer.content.decode()
    assert not Grid.objects.exists()


def test_a_form_that_is_wrong_itself_says_so(mine):
    answer = mine.post("/explore/", form_of("pony", "text2image", prompt="") | axes("steps", "10, 20"))
    assert answer.status_code == 422
    assert "prompt" in answer.context["form"].errors


def test_limits_hold_for_all_cells_together(mine, person):
    Share.objects.update_or_create(owner=person, defaults={"max_queued": 3})
    form = form_of("pony", "text2image") | axes("steps", "10, 20, 30, 40")
    answer = mine.post("/grids/", form)
    assert answer.status_code == 422
    assert "These are 4. Of yours 3 may wait at once, and 0 do already." in str(answer.context["explore"].errors)
    assert not Generation.objects.exists()
    Share.objects.update(max_queued=None, seconds_a_day=20)
    assert "seconds of GPU time" in str(mine.post("/grids/", form).context["explore"].errors)
    assert not Grid.objects.exists()


def test_what_one_cell_may_not_ask_for_refuses_them_all(mine):
    form = form_of("pony", "text2image") | axes("prompt", "a teapot; a nude child; a kettle")
    answer = mine.post("/grids/", form)
    assert answer.status_code == 422
    assert answer.context["explore"].errors
    assert not Generation.objects.exists()


def test_room_that_is_taken_meanwhile_is_told_and_nothing_is_made(mine, monkeypatch):
    def taken(*args: object, remixed_from: object) -> None:
        raise Invalid("limit_queued", "You have as many waiting as you may.")

    monkeypatch.setattr(grids, "submit", taken)
    answer = mine.post("/grids/", form_of("pony", "text2image", seed="7") | axes("steps", "10, 20"))
    assert answer.status_code == 422
    assert answer.context["explore"].non_field_errors() == ["You have as many waiting as you may."]
    assert 'value="10, 20"' in answer.content.decode() or "10, 20" in answer.content.decode()


def test_axes_stay_in_the_form_through_a_switch(mine):
    sent = {"shown_model": "pony", "shown_mode": "text2image", "model": "flux", "type": "image"}
    page = mine.post("/compose/", sent | axes("steps", "10, 20"), headers=HTMX).content.decode()
    assert 'value="10, 20"' in page


@pytest.fixture
def half_made(mine, person, make) -> Grid:
    grid = submit(mine, "steps", "10, 20", "sampler", "Euler a; DPM++ 2M Karras", prompt="a harbour")
    for number in (0, 3):
        generation = grid.generations.get(cell=number)
        make(person, generation=generation, content=None)
        now = timezone.now()
        Generation.objects.filter(pk=generation.pk).update(
            state=State.SUCCEEDED, started_at=now, finished_at=now, gpu_seconds=1.0
        )
    return grid


def test_the_sheet_fills_and_labels_every_row_and_column(mine, half_made):
    answer = mine.get(f"/grids/{half_made.pk}/")
    page = answer.content.decode()
    for text in ("a harbour", "Steps: 10 · quick", "Steps: 20 · quick", "DPM++ 2M Karras", "2 of 4 are here"):
        assert text in page
    assert page.count("/poster") == 2
    assert mine.get(f"/grids/{half_made.pk}/sheet/").status_code == 200
    Generation.objects.update(state=State.SUCCEEDED)
    assert mine.get(f"/grids/{half_made.pk}/sheet/").status_code == 286


def test_the_sheet_asks_as_often_for_many_cells_as_for_few(mine):
    def queries(grid: Grid) -> int:
        with CaptureQueriesContext(connection) as asked:
            mine.get(f"/grids/{grid.pk}/sheet/")
        return len(asked)

    few, many = submit(mine, "steps", "10, 20"), submit(mine, "steps", "10, 20, 30, 40", "cfg_scale", "2, 4, 6, 8")
    assert queries(few) == queries(many)


def test_cells_of_films_play_and_are_asked_for_together(mine, person, make):
    def queries(grid: Grid) -> int:
        with CaptureQueriesContext(connection) as asked:
            mine.get(f"/grids/{grid.pk}/")
        return len(asked)

    sent = form_of("anisora", "text2video", seed="7") | axes("motion_score", "1; 2; 3; 4")
    assert mine.post("/grids/", sent).status_code == 303
    grid = Grid.objects.get()
    first, *others = grid.generations.order_by("cell")
    film = make(person, generation=first)
    few = queries(grid)
    page = mine.get(f"/grids/{grid.pk}/").content.decode()
    assert f'data-film="/gallery/{film.pk}/file"' in page
    for generation in others:
        make(person, generation=generation)
    assert queries(grid) == few
    Output.objects.filter(pk=film.pk).update(rating="explicit")
    assert f'data-film="/gallery/{film.pk}/file"' not in mine.get(f"/grids/{grid.pk}/").content.decode()


def test_one_image_has_all_of_it_and_the_mark(mine, half_made):
    answer = mine.get(f"/grids/{half_made.pk}/sheet.jpg")
    assert answer["Content-Type"] == "image/jpeg"
    assert "attachment" in answer["Content-Disposition"]
    assert mark() in answer.content
    image = Image.open(io.BytesIO(answer.content))
    assert image.width > 2 * 320
    assert image.height > 2 * 320


def test_what_is_deleted_from_the_gallery_is_no_more_on_the_sheet(mine, half_made):
    Output.objects.all().delete()
    assert "0 of 4 are here" in mine.get(f"/grids/{half_made.pk}/").content.decode()
    assert mine.get(f"/grids/{half_made.pk}/sheet.jpg").status_code == 404


def test_a_cell_is_promoted_with_its_seed(mine, half_made):
    output = Output.objects.get(generation__cell=3)
    assert f"/?remix={output.pk}&amp;preset=final" in mine.get(f"/grids/{half_made.pk}/").content.decode()
    form = mine.get("/", {"remix": output.pk, "preset": "final"}).context["form"]
    assert [form[name].value() for name in ("width", "steps", "seed")] == ["1024", "35", "7"]
    assert mine.get("/", {"remix": output.pk, "preset": "best"}).status_code == 404


def test_final_quality_leaves_a_winner_what_it_won_by(mine, person, make):
    grid = submit(mine, "steps", "10, 20", "cfg_scale", "4, 7", width="512")
    winner = make(person, generation=grid.generations.get(cell=0))
    page = mine.get(f"/grids/{grid.pk}/").content.decode()
    (link,) = re.findall(r'href="(/\?remix=[^"]*)"', page)
    form = mine.get(unescape(link)).context["form"]
    names = ("steps", "cfg_scale", "seed", "width", "sampler")
    assert [form[name].value() for name in names] == ["10", "4.0", "7", "1024", "DPM++ 2M Karras"]
    form = mine.get("/", {"remix": winner.pk, "preset": "final"}).context["form"]
    assert [form[name].value() for name in names] == ["35", "7.5", "7", "1024", "DPM++ 2M Karras"]
    assert mine.get("/", {"remix": winner.pk, "preset": "final", "keep": ["nothing", "prompt", ""]}).status_code == 200


def test_the_list_has_ones_own_with_what_is_there_of_them(mine, half_made, other, client_of):
    page = mine.get("/grids/").content.decode()
    for text in ("a harbour", f"/grids/{half_made.pk}/", "Steps × Sampler", "2 × 2", "being made"):
        assert text in page
    assert page.count("/poster") == 1
    Output.objects.update(trashed_at=timezone.now())
    Generation.objects.update(state=State.CANCELLED)
    page = mine.get("/grids/").content.decode()
    assert "/poster" not in page
    assert "being made" not in page
    assert "No grids yet" in client_of(other).get("/grids/").content.decode()


def test_the_list_goes_on_by_its_cursor_and_asks_as_often_for_many(mine, half_made, person):
    with CaptureQueriesContext(connection) as asked:
        mine.get("/grids/")
    facts = {"owner": person, "parameters": half_made.parameters, "axes": half_made.axes}
    facts["created_at"] = half_made.created_at - timedelta(days=1)
    Grid.objects.bulk_create(Grid(**facts) for _ in range(grid_list.PAGE_SIZE))
    with CaptureQueriesContext(connection) as more:
        page = mine.get("/grids/").context["page"]
    assert len(more) == len(asked)
    assert len(page.grids) == grid_list.PAGE_SIZE
    assert (page.grids[0].grid, page.grids[0].cover.output.generation.cell) == (half_made, 0)
    (last,) = mine.get("/grids/", {"after": page.after}).context["page"].grids
    assert last.cover is None
    assert mine.get("/grids/", {"after": "nonsense"}).status_code == 404


def test_cancelling_a_grid_cancels_what_has_not_ended(mine, half_made):
    assert mine.post(f"/grids/{half_made.pk}/cancel/").status_code == 303
    states = [row.state for row in half_made.generations.order_by("cell")]
    assert states == [State.SUCCEEDED, State.CANCELLED, State.CANCELLED, State.SUCCEEDED]


@pytest.mark.parametrize("path", ["", "sheet/", "sheet.jpg", "cancel/"])
def test_grids_of_others_are_404(half_made, other, client_of, path):
    his = client_of(other)
    url = f"/grids/{half_made.pk}/{path}"
    assert (his.post(url) if path == "cancel/" else his.get(url)).status_code == 404


def test_pictures_of_the_form_go_into_every_cell(mine):
    form = form_of("pony", "image2image", reference_image=upload()) | axes("denoising_strength", "0.3; 0.6; 0.9")
    assert mine.post("/grids/", form).status_code == 303
    assert len({row.parameters["reference_image"] for row in Generation.objects.all()}) == 1


def test_the_choices_of_a_parameter_are_examples():
    parameter = models()["pony"].parameter("width")
    assert isinstance(parameter, Choice)
    with pytest.raises(Invalid, match="512, 768, 1024"):
        grids.read_values(parameter, "")


def test_the_cells_of_a_remix_are_children_of_what_it_is_based_on(mine, person, make):
    source = make(person)
    asked = form_of("pony", "text2image", remix=source.pk, seed="7") | axes("steps", "10, 20")
    fields = mine.post("/explore/", asked).context["fields"]
    assert mine.post("/grids/", fields).status_code == 303
    assert [cell.remixed_from for cell in Grid.objects.get().generations.all()] == [source, source]
