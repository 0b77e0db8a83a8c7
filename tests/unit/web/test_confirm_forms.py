"""A form that asks before it is sent cannot be sent before its script is there to ask."""

import re
from pathlib import Path

import qlines.web

TEMPLATES = Path(qlines.web.__file__).parent / "templates"
FORM = re.compile(r"(\S+) data-confirm=")


def test_every_form_that_asks_is_inert_until_its_script_is_there():
    texts = [path.read_text() for path in TEMPLATES.glob("*.html")]
    before = [word for text in texts for word in FORM.findall(text)]

    assert len(before) >= 9
    assert {word.removeprefix("%}") for word in before} == {"inert"}
