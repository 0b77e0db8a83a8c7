"""/account/calls: where calls of the user's devices go."""

import re

import pytest

from qlines.errors import WebhookError
from qlines.store import call_webhooks
from qlines.webhook.http import Response
from tests.unit.web.conftest import csrf_token

PAGE = "/account/calls"
URL = "https://example.com/calls?key=geheim"


def send(client, path=PAGE, **form):
    token = csrf_token(client.get(PAGE))
    return client.post(path, data={**form, "csrf_token": token}, follow_redirects=True)


def secret_in(page):
    found = re.search(r'value="(whsec_[^"]+)"', page.text)
    return found and found[1]


@pytest.fixture
def client(alice):
    return alice.browser()


def test_the_secret_of_a_new_one_is_shown_once(world, alice, client):
    shown = secret_in(send(client, url=URL))

    assert shown == call_webhooks.of_owner(world.deps.db, alice.id)["secret"]
    assert shown not in client.get(PAGE).text
    assert secret_in(send(client, url=f"{URL}&b=1")) is None
    assert f'value="{URL}&amp;b=1"' in client.get(PAGE).text


def test_a_new_secret_replaces_it(client):
    first = secret_in(send(client, url=URL))

    second = secret_in(send(client, f"{PAGE}/secret"))

    assert second not in (None, first)


def test_an_address_that_is_refused_stays_in_the_form_with_the_reason(world, alice, client):
    page = send(client, url="http://10.0.0.1/")

    assert page.status_code == 422
    assert "must begin with https" in page.text
    assert 'value="http://10.0.0.1/"' in page.text
    assert call_webhooks.of_owner(world.deps.db, alice.id) is None


def test_a_test_shows_the_answer_or_the_reason(world, client):
    send(client, url=URL)
    world.sender.response = Response(200, {}, b'{"a": "<b>"}')
    assert "{&#34;a&#34;: &#34;&lt;b&gt;&#34;}" in send(client, f"{PAGE}/test").text

    world.sender.response = WebhookError("it did not answer within 10 seconds")
    page = send(client, f"{PAGE}/test")

    assert "The test failed" in page.text
    assert "it did not answer within 10 seconds" in client.get(PAGE).text, "among the last calls"


def test_one_that_was_removed_gets_no_more_calls(world, alice, client):
    send(client, url=URL)

    page = send(client, f"{PAGE}/remove")

    assert "The webhook was removed" in page.text
    assert call_webhooks.of_owner(world.deps.db, alice.id) is None
    assert "had already been removed" in send(client, f"{PAGE}/remove").text


@pytest.mark.parametrize("path", ["test", "secret"])
def test_without_one_it_says_what_to_do(client, path):
    assert "set its address first" in send(client, f"{PAGE}/{path}").text


def test_it_is_found_from_the_account(client):
    assert f'href="{PAGE}"' in client.get("/account").text
