"""The exported list of devices is a file that an import takes, and that adds nothing again."""

from hypothesis import given
from hypothesis import strategies as st

from qlines.store import device_csv, import_plan
from qlines.store.device_rules import TAG_SEPARATORS, checked_tags

PUMP = {
    "owner": "u1", "name": "=Pump, deep", "token": "pump-token", "gateway": True,
    "tags": ["wet", "north side"], "old_tokens": [],
}  # fmt: skip


def test_it_has_the_columns_of_an_import() -> None:
    text = device_csv.write([PUMP], "amy@example.com", has_tokens=True)

    assert text.splitlines() == [
        "name,owner,token,gateway,tags",
        '"\'=Pump, deep",amy@example.com,pump-token,true,wet|north side',
    ]


def test_tokens_can_be_left_out() -> None:
    assert "pump-token" not in device_csv.write([PUMP], "amy@example.com", has_tokens=False)


def test_its_import_adds_nothing() -> None:
    for has_tokens in (True, False):
        text = device_csv.write([PUMP], "amy@example.com", has_tokens=has_tokens)
        lines, errors = import_plan.read(text, owner="amy@example.com")

        plan = import_plan.plan(lines, import_plan.registry_of({"amy@example.com": "u1"}, [PUMP]))

        assert (errors, plan.added, plan.skipped, plan.errors) == ([], [], 1, [])


PRINTABLE = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters=TAG_SEPARATORS)
TAG = st.text(PRINTABLE, min_size=1, max_size=64).filter(str.strip)


@given(st.lists(TAG, max_size=20))
def test_every_tag_that_is_allowed_survives_export_and_import(tags):
    device = {**PUMP, "tags": checked_tags(tags)}

    text = device_csv.write([device], "amy@example.com", has_tokens=True)
    [line], errors = import_plan.read(text, owner="amy@example.com")

    assert (line.tags, errors) == (device["tags"], [])
