"""/help/alarms: how alarms work."""

import re

from qlines.web.pages.guide import FACTS


def test_the_numbers_are_those_that_the_programs_go_by(alice):
    page = alice.get("/help/alarms").text

    assert FACTS["collected_for"] == "30 seconds"
    assert [fact for fact in FACTS.values() if str(fact) not in page] == []


def test_every_link_leads_to_a_page(alice):
    page = alice.get("/help/alarms").text.partition('id="main"')[2]
    paths = {path for path in re.findall(r'href="(/[^"]*)"', page) if "/static/" not in path}

    assert len(paths) > 4
    assert {alice.get(path).status_code for path in paths} == {200}


def test_the_pages_about_alarms_lead_here(alice):
    pages = ["/alarms", "/alarm-rules", "/account/notifications"]

    assert [path for path in pages if 'href="/help/alarms"' not in alice.get(path).text] == []
