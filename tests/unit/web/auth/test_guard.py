"""Who may write: a browser needs a CSRF token, an API key does not."""

import re

import pytest

JSON = {"name": "a new one"}


def meta_token(client):
    return re.search(r'name="csrf-token" content="([^"]+)"', client.get("/devices").text)[1]


def test_a_browser_without_the_header_cannot_write(world, alice):
    client = alice.browser()

    answer = client.post("/api/devices", json=JSON)

    assert answer.status_code == 403
    assert answer.mimetype == "application/problem+json"
    assert len(world.deps.db.devices.documents) == 1


def test_a_browser_with_the_header_writes(alice):
    client = alice.browser()
    headers = {"X-CSRFToken": meta_token(client)}

    assert client.post("/api/devices", json=JSON, headers=headers).status_code == 201


def test_an_api_key_writes_without_the_header(alice):
    assert alice.call("POST", "/api/devices", json=JSON).status_code == 201


def test_a_cookie_does_not_make_up_for_a_wrong_key(alice):
    client = alice.browser()

    answer = client.get("/api/data", headers={"Authorization": "Bearer qlk_wrong"})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_it_accepts_no_other_authorization_scheme(alice):
    client = alice.browser()

    assert client.get("/api/data", headers={"Authorization": "Basic YTpi"}).status_code == 401


@pytest.mark.parametrize("scheme", ["Bearer", "ApiKey", "bearer", "APIKEY"])
@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/api/data"), ("GET", "/devices"), ("POST", "/api/devices")],
)
def test_an_api_key_is_accepted_in_thingsboards_header_on_every_path(
    world, alice, scheme, method, path
):
    headers = {"X-Authorization": f"{scheme} {alice.key}"}
    body = JSON if method == "POST" else None

    answer = world.client().open(path, method=method, headers=headers, json=body)

    assert answer.status_code in (200, 201)


@pytest.mark.parametrize("value", ["Bearer wrong", "ApiKey", "Basic YTpi", "{key}"])
def test_a_cookie_does_not_make_up_for_a_wrong_key_in_thingsboards_header(alice, value):
    headers = {"X-Authorization": value.format(key=alice.key)}

    assert alice.browser().get("/api/data", headers=headers).status_code == 401


def test_of_two_headers_the_usual_one_counts(world, alice, bob):
    headers = {"Authorization": f"Bearer {alice.key}", "X-Authorization": f"Bearer {bob.key}"}

    answer = world.client().get("/api/devices", headers=headers)

    assert [one["name"] for one in answer.json["items"]] == ["alice's device"]


def test_a_user_who_was_removed_is_signed_out(world, alice):
    client = alice.browser()

    world.deps.db.users.documents.clear()

    assert client.get("/devices").status_code == 302
    assert alice.get("/api/data").status_code == 401


def test_a_page_that_does_not_exist_has_the_menu_of_who_is_signed_in(world, alice):
    answer = alice.browser().get("/nothing/here")

    assert answer.status_code == 404
    assert 'href="/account"' in answer.text
    assert 'href="/people"' not in answer.text
    assert 'href="/account"' not in world.client().get("/nothing/here").text


def test_a_page_for_admins_is_refused_with_a_way_back(alice):
    answer = alice.browser().get("/unregistered")

    assert answer.status_code == 403
    assert "Back to your devices" in answer.text


def test_an_admin_sees_it_and_others_see_no_link_to_it(alice, carol):
    assert carol.browser().get("/unregistered").status_code == 200
    assert 'href="/unregistered"' not in alice.browser().get("/devices").text


def test_the_use_of_a_key_is_recorded(world, alice):
    alice.get("/api/data")

    assert world.deps.db.api_keys.documents[0]["last_used"] is not None
