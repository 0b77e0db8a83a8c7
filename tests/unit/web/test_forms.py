"""A form that is sent before its script is there must not lose what was typed, or say it."""

import re
from pathlib import Path

import pytest

import qlines.web

TEMPLATES = Path(qlines.web.__file__).parent / "templates"
FORMS = [
    (file.name, form)
    for file in sorted(TEMPLATES.glob("*.html"))
    for form in re.findall(r"<form[^>]*>", file.read_text())
]


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_a_form_is_sent_by_the_browser_or_waits_for_its_script(name, form):
    is_sent_by_browser = 'method="post"' in form or 'role="search"' in form
    is_in_dialog = 'method="dialog"' in form
    waits = " inert" in form and "data-scripted" in form

    assert is_sent_by_browser or is_in_dialog or waits, f"{name}: {form}"


def test_every_page_ends_with_the_script_that_lets_forms_be_sent():
    scripts = re.findall(r"js/(\w+)\.js", (TEMPLATES / "base.html").read_text())

    assert scripts[-1] == "scripted_forms"
