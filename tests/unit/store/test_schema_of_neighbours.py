"""Two neighbouring versions work on one MongoDB, since twins are upgraded one after the other.

`released_schema.json` is what the last released version writes: collections, required fields with
their types, and unique indexes. A new version may add to it what the old one may leave out. What
the old one does not write becomes required, or unique, one version later: with a release, write the
file anew (`python -m tests.unit.store.test_schema_of_neighbours`).
"""

import json
from pathlib import Path

import pytest

from qlines.store.mongo_schema import RULES, CollectionRule, Index

RELEASED = Path(__file__).with_name("released_schema.json")


def described(rules):
    """Return what documents must have by these rules, as JSON can hold it."""
    return {
        rule.name: {
            "fields": {name: types(kind) for name, kind in rule.fields.items()},
            "unique": sorted(index.name for index in rule.indexes if index.options.get("unique")),
        }
        for rule in rules
    }


def types(kind):
    return sorted([kind] if isinstance(kind, str) else kind)


def conflicts(released, rules):
    """Return in words why the released version could not write beside these rules."""
    now = described(rules)
    found = [f"{name} is gone" for name in released if name not in now]
    for name, before in released.items():
        after = now.get(name, {"fields": {}, "unique": []})
        found += [
            f"{name}.{field} is required, and the released version may leave it out"
            for field in after["fields"].keys() - before["fields"].keys()
        ]
        found += [
            f"{name}.{field} may no longer be {kind}"
            for field, kinds in before["fields"].items()
            for kind in set(kinds) - set(after["fields"].get(field, kinds))
        ]
        found += [
            f"{name}: {key} is unique" for key in set(after["unique"]) - set(before["unique"])
        ]
    return sorted(found)


def test_the_released_version_can_write_beside_this_one():
    assert conflicts(json.loads(RELEASED.read_text()), RULES) == []


RULE = CollectionRule("devices", {"_id": "objectId", "name": ["string", "null"]})


@pytest.mark.parametrize(
    ("new", "conflict"),
    [
        (RULE._replace(fields=RULE.fields | {"color": "string"}),
         "devices.color is required, and the released version may leave it out"),
        (RULE._replace(fields=RULE.fields | {"name": "string"}),
         "devices.name may no longer be null"),
        (RULE._replace(indexes=[Index([("name", 1)], {"unique": True})]),
         "devices: name is unique"),
        (RULE._replace(name="machines"), "devices is gone"),
    ],
)  # fmt: skip
def test_what_would_refuse_the_writes_of_the_released_version_is_found(new, conflict):
    assert conflicts(described([RULE]), [new]) == [conflict]


def test_what_is_only_added_is_no_conflict():
    wider = RULE._replace(fields={"_id": "objectId"}, indexes=[Index([("name", 1)], {})])

    assert (
        conflicts(described([RULE]), [wider, CollectionRule("alarms", {"_id": "objectId"})]) == []
    )


if __name__ == "__main__":
    RELEASED.write_text(json.dumps(described(RULES), indent=1) + "\n")
