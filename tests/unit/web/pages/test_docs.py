"""/api/docs: the document for people."""

from qlines.web.pages.docs import operations_by_tag, pieces, resolved

DOCUMENT = {
    "components": {"schemas": {"Device": {"type": "object"}}},
    "paths": {
        "/a/{id}": {
            "parameters": [{"name": "id"}],
            "get": {"tags": ["things"], "responses": {"404": {}, "401": {}, "200": {}}},
            "post": {"tags": ["things"], "parameters": [{"name": "x"}], "responses": {"201": {}}},
        }
    },
}


def test_operations_come_in_groups_with_their_paths_parameters_and_own_answers():
    [first, second] = operations_by_tag(DOCUMENT)["things"]

    assert (first["method"], first["path"]) == ("GET", "/a/{id}")
    assert list(first["responses"]) == ["200", "404"]
    assert second["parameters"] == [{"name": "id"}, {"name": "x"}]


def test_a_reference_leads_to_what_it_names():
    assert resolved(DOCUMENT, {"$ref": "#/components/schemas/Device"}) == {"type": "object"}
    assert resolved(DOCUMENT, {"type": "string"}) == {"type": "string"}


def test_what_stands_between_backticks_is_code():
    assert pieces("send `KEY` now") == [("send ", False), ("KEY", True), (" now", False)]
