"""The rows of LoRAs with scripts: added, removed, sent, and kept while another model is looked at."""

from playwright.sync_api import expect


def test_rows_come_and_go(open_page, settings, tmp_path):
    settings.MEDIAGEN_MODELS = tmp_path
    for name in ("ink", "fog"):
        path = tmp_path / "loras" / "pony" / f"{name}.safetensors"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    page = open_page("/?model=pony")
    page.locator("#advanced summary").click()
    rows = page.locator("[data-lora]")
    expect(rows).to_have_count(0)

    add = page.locator("[data-lora-add]")
    for number, name in enumerate(("ink", "fog", "fog")):
        add.click()
        rows.nth(number).locator("select").select_option(name)
    rows.nth(1).get_by_role("button", name="Remove this LoRA").click()
    expect(page.locator("[name=loras-TOTAL_FORMS]")).to_have_value("2")
    page.locator("[name=loras-1-weight]").fill("0.4")

    page.locator("[name=model][value=flux]").check(force=True)
    expect(page.locator(".loras code")).to_have_text("loras/flux/")
    expect(page.locator(".htmx-settling")).to_have_count(0)  # from then on the new form listens
    page.locator("[name=model][value=pony]").check(force=True)
    expect(page.locator("[name=loras-1-name]")).to_have_value("fog")
    expect(page.locator("[name=loras-1-weight]")).to_have_value("0.4")
