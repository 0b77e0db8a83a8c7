"""The OpenAPI document covers the API, and the API answers as the document says."""

import re

import pytest

from qlines.web.api.data import OverviewSchema
from qlines.web.api.device_json import DevicePageSchema, DeviceSchema

# For people, or the document itself.
UNDESCRIBED = {"/api/docs", "/api/openapi.json"}


@pytest.fixture
def document(world):
    return world.client().get("/api/openapi.json").json


def test_every_path_and_method_is_described(world, document):
    described = {
        (path, method.upper()) for path, one in document["paths"].items() for method in one
    }

    missing = [
        (rule.rule, method)
        for rule in world.app.url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/") and rule.rule not in UNDESCRIBED
        if (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method) not in described
    ]

    assert missing == []


@pytest.mark.parametrize(
    ("path", "method"),
    [("telemetry", "post"), ("attributes", "post"), ("attributes", "get")],
)
def test_the_paths_for_devices_are_described_too(document, path, method):
    assert "401" in document["paths"][f"/api/v1/{{token}}/{path}"][method]["responses"]


def test_every_operation_says_what_it_does_and_how_it_fails(document):
    operations = [
        one for path in document["paths"].values() for one in path.values() if "responses" in one
    ]

    assert operations
    assert all(one["summary"] for one in operations)
    without_key = document["paths"]["/api/v1/provision"]["post"]  # who asks for a token has none
    assert [one for one in operations if "401" not in one["responses"]] == [without_key]


def test_errors_are_described_as_problems(document):
    content = document["components"]["responses"]["NOT_FOUND"]["content"]

    assert list(content) == ["application/problem+json"]


def test_parameters_come_with_their_bounds(document):
    parameters = document["paths"]["/api/data"]["get"]["parameters"]

    per_page = next(one for one in parameters if one["name"] == "per_page")["schema"]
    assert (per_page["minimum"], per_page["maximum"], per_page["default"]) == (1, 200, 50)


@pytest.mark.parametrize(
    ("path", "schema"),
    [("/api/data", OverviewSchema), ("/api/devices", DevicePageSchema)],
)
def test_a_page_has_what_the_document_says(world, alice, path, schema):
    world.deps.clickhouse.latest[alice.device_id] = {"a": (world.deps.clock.now_us(), 1)}

    assert schema().validate(alice.get(path).json) == {}


def test_a_device_has_what_the_document_says(alice):
    assert DeviceSchema().validate(alice.get(f"/api/devices/{alice.device_id}").json) == {}


def test_people_can_read_it(world, document):
    page = world.client().get("/api/docs").text

    assert all(f"<code>{path}</code>" in page for path in document["paths"])


def test_what_thingsboard_refuses_with_a_word_is_described_beside_the_problems(document):
    refused = document["paths"]["/api/customer/device/{name}/claim"]["post"]["responses"]["400"]

    assert refused["content"]["application/json"]["schema"]["enum"] == ["CLAIMED", "FAILURE"]
    problem = refused["content"]["application/problem+json"]["schema"]["$ref"].split("/")[-1]
    assert problem in document["components"]["schemas"]
