"""ThingsBoard's paths for attributes: the answers that its scripts expect."""

import pytest

from qlines.store import attributes

NOW_MS = 1_800_000_000_000


@pytest.fixture
def path(alice):
    return f"/api/plugins/telemetry/DEVICE/{alice.device_id}"


@pytest.fixture
def script(world, alice):
    """Return a function that calls a path as a script for ThingsBoard does."""

    def call(method, address, **options):
        headers = {"X-Authorization": f"ApiKey {alice.key}"}
        return world.client().open(address, method=method, headers=headers, **options)

    return call


@pytest.fixture
def values_of(script, path):
    return lambda scope: {
        one["key"]: one["value"] for one in script("GET", f"{path}/values/attributes/{scope}").json
    }


@pytest.mark.parametrize("scope", ["SHARED_SCOPE", "SERVER_SCOPE"])
@pytest.mark.parametrize("form", ["{path}/{scope}", "{path}/attributes/{scope}", "{old}/{scope}"])
def test_a_script_sets_attributes_and_gets_200_without_a_body(
    alice, script, path, values_of, form, scope
):
    address = form.format(path=path, scope=scope, old=path.replace("DEVICE/", ""))

    answer = script("POST", address, json={"a": 1, "b": {"c": [True]}, "none": None, "t": "1.0"})

    assert (answer.status_code, answer.data) == (200, b"")
    assert values_of(scope) == {"a": 1, "b": {"c": [True]}, "t": "1.0"}


def test_it_is_the_same_as_by_our_own_path(alice, script, path):
    script("POST", f"{path}/SHARED_SCOPE", json={"a": 1})

    own = alice.get(f"/api/devices/{alice.device_id}/attributes").json

    assert own["shared"] == {"a": {"ts": NOW_MS, "value": 1, "by": "alice@example.com"}}


@pytest.mark.parametrize("form", ["{path}/{scope}", "{old}/{scope}"])
def test_a_script_deletes_attributes_of_each_scope(world, alice, script, path, values_of, form):
    attributes.merge(world.deps.db, [(alice.device_id, key, 1, 1) for key in ("a", "b", "c")])
    for scope in ("SHARED_SCOPE", "SERVER_SCOPE"):
        script("POST", f"{path}/{scope}", json={"a": 1, "b": 1, "c": 1})

    for scope in ("CLIENT_SCOPE", "SHARED_SCOPE", "SERVER_SCOPE"):
        address = form.format(path=path, scope=scope, old=path.replace("DEVICE/", ""))
        answer = script("DELETE", f"{address}?keys=a,c,none")

        assert (answer.status_code, answer.data) == (200, b"")
        assert values_of(scope) == {"b": 1}


def test_values_are_listed_by_scope_or_all_and_by_keys(world, alice, script, path):
    attributes.merge(world.deps.db, [(alice.device_id, "a", 7, "client")])
    script("POST", f"{path}/SHARED_SCOPE", json={"a": "shared", "b": 2.5})

    client = {"lastUpdateTs": 7, "key": "a", "value": "client"}
    shared = [
        {"lastUpdateTs": NOW_MS, "key": "a", "value": "shared"},
        {"lastUpdateTs": NOW_MS, "key": "b", "value": 2.5},
    ]
    values = f"{path}/values/attributes"
    assert script("GET", values).json == [client, *shared]
    assert script("GET", f"{values}?keys=b,none").json == [shared[1]]
    assert script("GET", f"{values}/SHARED_SCOPE").json == shared
    assert script("GET", f"{values}/CLIENT_SCOPE?keys=a").json == [client]
    assert script("GET", f"{values}/SERVER_SCOPE").json == []


def test_keys_are_listed_by_scope_or_all(world, alice, script, path):
    attributes.merge(world.deps.db, [(alice.device_id, "a", 7, "client")])
    script("POST", f"{path}/SERVER_SCOPE", json={"a": 1, "b": 2})

    assert script("GET", f"{path}/keys/attributes").json == ["a", "b"]
    assert script("GET", f"{path}/keys/attributes/SERVER_SCOPE").json == ["a", "b"]
    assert script("GET", f"{path}/keys/attributes/CLIENT_SCOPE").json == ["a"]


@pytest.mark.parametrize(
    ("method", "end"),
    [
        ("POST", "PUBLIC_SCOPE"),
        ("POST", "attributes/shared"),
        ("DELETE", "ANY?keys=a"),
        ("GET", "values/attributes/shared"),
        ("GET", "keys/attributes/client"),
    ],
)
def test_another_scope_is_refused_with_those_that_there_are(script, path, method, end):
    answer = script(method, f"{path}/{end}", json={"a": 1})

    assert answer.status_code == 422
    assert "must be one of CLIENT_SCOPE, SHARED_SCOPE, SERVER_SCOPE" in answer.json["detail"]


def test_what_only_the_device_sets_or_what_is_missing_is_refused(script, path):
    refusals = [
        script("POST", f"{path}/CLIENT_SCOPE", json={"a": 1}),
        script("POST", f"{path}/SHARED_SCOPE", json={}),
        script("POST", f"{path}/SHARED_SCOPE", json=["a"]),
        script("DELETE", f"{path}/SHARED_SCOPE"),
    ]

    assert [answer.status_code for answer in refusals] == [422] * 4


@pytest.mark.parametrize("device", ["784f394c-42b6-435a-983c-b7beff2784f9", "0" * 24])
def test_a_device_that_does_not_exist_is_404(script, device):
    path = f"/api/plugins/telemetry/DEVICE/{device}"

    assert script("GET", f"{path}/values/attributes").status_code == 404
    assert script("POST", f"{path}/SHARED_SCOPE", json={"a": 1}).status_code == 404
