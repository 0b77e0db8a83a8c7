"""The API answers as its OpenAPI document says, whatever it is asked.

Steps:
1. Read the document from the appliance, and name in it a device, an export, a token that exist.
2. Let Schemathesis make requests to each operation, as the document allows and as it does not.
3. Each answer must be one of those that the document lists for the operation, with that content.

The same requests each time, so that a failure can be repeated; ten times as many in the long
stories.
"""

import copy
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import content_type_conformance, response_schema_conformance
from schemathesis.core.failures import FailureGroup

from tests.harness.people import new_person

# For each operation; valid ones, and as many that are not.
EXAMPLES = [6, pytest.param(60, marks=pytest.mark.long)]
MAX_TARGET_BYTES = 4_000  # gunicorn refuses a longer line before the API sees it
# Last: after these the token or the device is another one, or gone.
DESTRUCTIVE = ["/api/devices/{device_id}/token", "/api/devices/remove", "DELETE"]
# They wait for a device, for minutes maybe: the story http_commands asks them.
WAITING = re.compile(
    r"GET /api/v1/{token}/(rpc|attributes/updates)|POST /api/(plugins/)?rpc/(one|two)way/.*"
)
METHODS = ("get", "post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def person(appliance) -> Iterator[Any]:
    """Yield an admin; what was put among the unregistered devices is dismissed afterwards."""
    admin = new_person(appliance, "reader", admin=True)
    yield admin
    for name in {one["name"] for one in admin.api.document("/api/unregistered")}:
        admin.api.delete(f"/api/unregistered/{quote(name, safe='')}")


@pytest.fixture(scope="module")
def document(person):
    """Return the document with ids that exist, and without the default answer to all errors."""
    device = person.new_device("pump", tags=["cellar"])
    asked = {"device": device.id, "keys": [], "from": 0, "to": 1, "format": "csv"}
    export = person.api.post("/api/exports", json=asked).json()["id"]
    above = {"kind": "above", "key": "temperature", "limit": 80}
    rule = {"name": "hot", "levels": [{"severity": "major", "conditions": [above]}]}
    rule_id = person.api.post("/api/alarm-rules", json=rule).json()["id"]
    return with_known(
        person.api.document("/api/openapi.json"),
        {
            "device_id": device.id,
            "export_id": export,
            "rule_id": rule_id,
            "token": device.token,
        },
    )


def with_known(document, known):
    document = copy.deepcopy(document)
    for path in document["paths"].values():
        for operation in [path, *(path[method] for method in METHODS if method in path)]:
            for parameter in operation.get("parameters", []):
                if parameter.get("name") in known:
                    parameter["schema"] = {"enum": [known[parameter["name"]], "unknown"]}
            operation.get("responses", {}).pop("default", None)
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        if schema.get("properties", {}).get("devices", {}).get("items") == {"type": "string"}:
            schema["properties"]["devices"]["items"]["enum"] = [known["device_id"]]
    schemas["NewExport"]["properties"]["device"]["enum"] = [known["device_id"]]
    return document


def operations(document):
    schema = schemathesis.openapi.from_dict(document)
    found = [result.ok() for result in schema.get_all_operations()]
    found = [one for one in found if not WAITING.fullmatch(f"{one.method.upper()} {one.path}")]
    return sorted(
        found, key=lambda one: one.path in DESTRUCTIVE or one.method.upper() in DESTRUCTIVE
    )


def fault(case, answer):
    """Return what is wrong with the answer, "" when nothing is."""
    listed = case.operation.definition.raw["responses"]
    if str(answer.status_code) not in listed:
        return f"{answer.status_code} is not listed: {answer.text[:300]}"
    try:
        case.validate_response(
            answer, checks=[content_type_conformance, response_schema_conformance]
        )
    except FailureGroup as group:
        return str(group)
    return ""


def faults(operation, mode, person, examples):
    """Return the faults of the operation, each with the request that shows it."""
    found = []

    @settings(
        max_examples=examples, deadline=None, derandomize=True, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case):
        base_url = person.appliance.url("")
        asked = requests.Request(**case.as_transport_kwargs(base_url=base_url)).prepare()
        assume(len(asked.path_url) < MAX_TARGET_BYTES)
        answer = case.call(base_url=base_url, headers=dict(person.api.headers))
        wrong = fault(case, answer)
        if wrong:
            found.append(f"{case.as_curl_command()[:600]}\n  {wrong}")

    ask()
    return found


@pytest.mark.parametrize("examples", EXAMPLES)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_every_answer_is_one_that_the_document_lists(document, person, mode, examples):
    found = [
        one
        for operation in operations(document)
        for one in faults(operation, mode, person, examples)
    ]

    assert found == []


def test_an_answer_that_is_not_listed_is_noticed(document, person):
    document = copy.deepcopy(document)
    del document["paths"]["/api/data/summary"]["get"]["responses"]["200"]
    [summary] = [one for one in operations(document) if one.path == "/api/data/summary"]

    assert "200 is not listed" in faults(summary, GenerationMode.POSITIVE, person, 1)[0]
