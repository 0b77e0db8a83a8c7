"""The story of a file of devices: a preview with every error, then all of them are added or none.

Point 21 of what a browser must do.
"""

from playwright.sync_api import expect

from tests.harness.pages import DESKTOP_FIRST, EACH_LOOK, held_requests
from tests.harness.people import new_person


def choose(page, text, encoding="utf-8"):
    data = text.encode(encoding)
    page.set_input_files("#file", {"name": "d.csv", "mimeType": "text/csv", "buffer": data})


@DESKTOP_FIRST
def test_a_file_is_shown_then_added_and_adds_nothing_again(appliance, open_page):
    person = new_person(appliance, "importer")
    page = open_page(person, "/devices/import")
    file = "name,tags\npump 1,cellar|north\n<b>pump 2</b>,\n"

    choose(page, file)
    expect(page.locator("#import-text")).to_have_text("2 devices will be added.")
    expect(page.locator("#preview tr").first).to_contain_text("cellar, north")
    expect(page.locator("#preview tr").nth(1)).to_contain_text("<b>pump 2</b>")
    assert person.api.document("/api/devices")["total"] == 0
    page.get_by_role("button", name="Add 2 devices").click()
    expect(page.locator("#import-text")).to_have_text("2 devices were added.")
    assert person.api.document("/api/devices")["total"] == 2

    choose(page, file)
    expect(page.locator("#import-text")).to_have_text(
        "0 devices will be added. 2 devices exist already and stay as they are."
    )
    expect(page.locator("#import-submit")).to_be_hidden()
    choose(page, file + "pump 3,\n")
    page.get_by_role("button", name="Add 1 device").click()
    page.get_by_role("link", name="Show devices").click()
    expect(page.locator("#page-text")).to_have_text("1 to 3 of 3")


@EACH_LOOK
def test_each_error_has_its_line_and_column_and_nothing_can_be_added(appliance, open_page):
    person = new_person(appliance, "mistaken")
    page = open_page(person, "/devices/import")

    choose(page, "name,gateway\npump 1,\n,\npump 2,perhaps\n,yes\n")

    expect(page.locator("#import-text")).to_contain_text("2 lines have errors. Nothing is added")
    cells = page.locator("#errors td").all_inner_texts()
    assert cells[:2] + cells[3:5] == ["4", "gateway", "5", "name"]
    assert "got 'perhaps'" in cells[2]
    expect(page.locator("#import-submit")).to_be_disabled()

    with page.expect_download() as download:
        page.get_by_role("button", name="Download the lines with errors").click()
    failed = download.value.path().read_text()
    choose(page, failed.replace("perhaps", "yes").replace("\n,yes", "\npump 3,yes"))
    expect(page.locator("#import-text")).to_have_text("2 devices will be added.")
    expect(page.locator("#import-failed")).to_be_hidden()


def test_a_file_that_is_no_text_or_too_large_is_refused_with_the_remedy(appliance, open_page):
    page = open_page(new_person(appliance, "sheet"), "/devices/import")

    choose(page, "name\nPümp\n", encoding="latin-1")
    expect(page.locator("#import-error")).to_contain_text("save it as “CSV UTF-8”")
    choose(page, "name\n" + "x\n" * 500_000)
    expect(page.locator("#import-error")).to_contain_text("import it in parts")


def test_of_two_files_that_are_chosen_quickly_the_last_one_is_shown(appliance, open_page):
    page = open_page(new_person(appliance, "hasty"), "/devices/import")
    held = held_requests(page, "**/api/devices/import")

    with page.expect_request("**/api/devices/import"):
        choose(page, "name\npump 1\n")
    choose(page, "name\npump 2\npump 3\n")
    expect(page.locator("#import-text")).to_have_text("2 devices will be added.")
    with page.expect_response("**/api/devices/import"):
        held[0].continue_()

    page.evaluate("new Promise((resolve) => setTimeout(resolve, 0))")
    expect(page.locator("#import-submit")).to_have_text("Add 2 devices")
    expect(page.locator("#preview tr")).to_have_count(2)
