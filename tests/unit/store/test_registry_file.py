import os
import subprocess
import sys
from datetime import UTC, datetime

import pytest
from bson import ObjectId

from qlines.errors import StoreUnavailableError
from qlines.store.registry_file import FIELDS, Device, RegistryFile, RegistryFileWriter

NOW_US = 1_800_000_000_000_000
ALICE, BOB = "a" * 24, "b" * 24
PUMP_ID, VALVE_ID = "1" * 24, "2" * 24
PUMP = {"_id": ObjectId(PUMP_ID), "owner": ObjectId(ALICE), "name": "Pump", "token": "pump-token"}
VALVE = {
    "_id": ObjectId(VALVE_ID),
    "owner": ObjectId(BOB),
    "name": "Väl/ve",
    "token": "v",
    "gateway": True,
}


@pytest.fixture
def writer(tmp_path):
    file = RegistryFileWriter(tmp_path)
    yield file
    file.close()


def test_it_answers_by_token_id_and_name(writer):
    writer.rebuild([PUMP, VALVE], NOW_US)

    valve = Device(VALVE_ID, BOB, "Väl/ve", gateway=True)
    assert writer.device_by_token("pump-token", NOW_US) == Device(PUMP_ID, ALICE, "Pump", False)
    assert writer.device_by_token("v", NOW_US) == valve
    assert writer.device(VALVE_ID) == valve
    assert writer.device_by_name(BOB, "Väl/ve") == valve


@pytest.mark.parametrize(
    "token", ["", "unknown", "x" * 511, "x" * 512, "x" * 70_000, "\ud800", "\0"]
)
def test_it_knows_no_other_token(writer, token):
    writer.rebuild([PUMP, VALVE], NOW_US)

    assert writer.device_by_token(token, NOW_US) is None


def test_it_distinguishes_devices_of_the_same_name_by_owner(writer):
    writer.rebuild([PUMP, VALVE | {"name": "Pump"}], NOW_US)

    assert writer.device_by_name(ALICE, "Pump").id == PUMP_ID
    assert writer.device_by_name(BOB, "Pump").id == VALVE_ID
    assert writer.device_by_name("c" * 24, "Pump") is None


def test_it_accepts_names_longer_than_a_key(writer):
    name = "ü" * 255
    writer.rebuild([PUMP | {"name": name}], NOW_US)

    assert writer.device_by_name(ALICE, name).name == name


def test_a_new_token_ends_the_old_one(writer):
    writer.rebuild([PUMP], NOW_US)

    writer.change([PUMP | {"token": "new"}], [])

    assert writer.device_by_token("new", NOW_US).id == PUMP_ID
    assert writer.device_by_token("pump-token", NOW_US) is None


def test_an_old_token_is_valid_until_it_expires(writer):
    end = datetime.fromtimestamp(NOW_US / 1e6, UTC)
    old_tokens = [{"token": "old", "expires_at": end}]
    writer.change([PUMP | {"token": "new", "old_tokens": old_tokens}], [])

    assert writer.device_by_token("old", NOW_US - 1).id == PUMP_ID
    assert writer.device_by_token("old", NOW_US) is None
    assert writer.device_by_token("new", NOW_US).id == PUMP_ID


def test_a_time_without_a_zone_is_utc(writer):
    end = datetime.fromtimestamp(NOW_US / 1e6, UTC).replace(tzinfo=None)
    writer.change([PUMP | {"old_tokens": [{"token": "old", "expires_at": end}]}], [])

    assert writer.device_by_token("old", NOW_US - 1) is not None
    assert writer.device_by_token("old", NOW_US) is None


def test_a_renamed_device_is_not_found_by_its_old_name(writer):
    writer.rebuild([PUMP], NOW_US)

    writer.change([PUMP | {"name": "Pump 2"}], [])

    assert writer.device_by_name(ALICE, "Pump") is None
    assert writer.device_by_name(ALICE, "Pump 2").id == PUMP_ID


def test_a_deleted_device_is_gone_on_every_path(writer):
    writer.rebuild([PUMP, VALVE], NOW_US)

    writer.change([], [PUMP_ID])
    writer.change([], [PUMP_ID])

    assert writer.device(PUMP_ID) is None
    assert writer.device_by_token("pump-token", NOW_US) is None
    assert writer.device_by_name(ALICE, "Pump") is None
    assert writer.device(VALVE_ID) is not None


def test_deleting_a_device_spares_one_that_took_over_its_name_and_token(writer):
    writer.change([PUMP], [])
    writer.change([PUMP | {"_id": ObjectId(VALVE_ID)}], [])

    writer.change([], [PUMP_ID])

    assert writer.device_by_token("pump-token", NOW_US).id == VALVE_ID
    assert writer.device_by_name(ALICE, "Pump").id == VALVE_ID


def test_rebuilding_removes_what_mongodb_no_longer_has(writer):
    writer.rebuild([PUMP, VALVE], NOW_US)

    assert writer.rebuild([VALVE], NOW_US) == 1

    assert writer.device(PUMP_ID) is None
    assert writer.device_by_token("pump-token", NOW_US) is None


def test_a_rebuild_that_fails_changes_nothing(writer):
    writer.rebuild([PUMP], NOW_US)

    with pytest.raises(KeyError):
        writer.rebuild([VALVE, {"_id": ObjectId()}], NOW_US)

    assert writer.device(PUMP_ID) is not None
    assert writer.device(VALVE_ID) is None


def test_its_generation_rises_with_every_change(writer):
    generations = [writer.generation()]
    writer.rebuild([PUMP], NOW_US)
    generations.append(writer.generation())
    writer.change([VALVE], [])
    generations.append(writer.generation())
    writer.change([], [PUMP_ID])
    generations.append(writer.generation())
    writer.rebuild([], NOW_US)
    generations.append(writer.generation())

    assert generations == [0, 1, 2, 3, 4]


def test_a_file_that_was_never_written_is_unavailable(tmp_path):
    with pytest.raises(StoreUnavailableError, match="registry does not answer"):
        RegistryFile(tmp_path / "registry")


def test_a_file_that_was_not_built_yet_is_unavailable(tmp_path):
    RegistryFileWriter(tmp_path).close()

    with pytest.raises(StoreUnavailableError, match="has not been built yet"):
        RegistryFile(tmp_path)


def test_a_corrupt_file_is_replaced(tmp_path):
    (tmp_path / "data.mdb").write_bytes(b"no registry" * 1000)

    writer = RegistryFileWriter(tmp_path)

    writer.rebuild([PUMP], NOW_US)
    assert writer.device(PUMP_ID) is not None
    writer.close()


def test_its_files_are_readable_by_its_user_only(writer, tmp_path):
    assert {file.stat().st_mode & 0o777 for file in tmp_path.glob("*.mdb")} == {0o600}


def test_another_process_sees_a_change_with_its_next_look_up(writer, tmp_path):
    writer.rebuild([], NOW_US)
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"PYTHONPATH": os.pathsep.join(sys.path)},
    )

    with reader:
        seen = [_ask(reader)]
        writer.change([PUMP], [])
        seen.append(_ask(reader))
        writer.change([], [PUMP_ID])
        seen.append(_ask(reader))

    assert seen == ["None", "Pump", "None"]


READER = """
import sys
from pathlib import Path
from qlines.store.registry_file import RegistryFile
file = RegistryFile(Path(sys.argv[1]))
for line in sys.stdin:
    device = file.device_by_token("pump-token", 1)
    print(device and device.name, flush=True)
"""


def _ask(reader):
    reader.stdin.write("\n")
    reader.stdin.flush()
    return reader.stdout.readline().strip()


def claimed(*, by_gateway):
    former = {"owner": ObjectId(ALICE), "name": "Pump", "by_gateway": by_gateway}
    return PUMP | {"owner": ObjectId(BOB), "name": "Kitchen", "claimed_from": former}


def test_a_device_claimed_through_a_gateway_is_found_by_the_name_that_the_gateway_knows(writer):
    writer.rebuild([claimed(by_gateway=True)], NOW_US)

    kitchen = Device(PUMP_ID, BOB, "Kitchen", False)
    assert writer.device_by_name(ALICE, "Pump") == kitchen
    assert writer.device_by_name(BOB, "Kitchen") == kitchen


def test_what_a_query_returns_by_its_fields_is_all_that_the_file_needs(writer):
    document = claimed(by_gateway=True) | {"gateway": True, "old_tokens": [], "tags": ["roof"]}
    returned = {name: document[name] for name in ("_id", *FIELDS)}

    writer.rebuild([returned], NOW_US)

    assert writer.device_by_token("pump-token", NOW_US) == Device(PUMP_ID, BOB, "Kitchen", True)
    assert writer.device_by_name(ALICE, "Pump").id == PUMP_ID


def test_one_that_published_the_claim_itself_is_not(writer):
    writer.rebuild([claimed(by_gateway=False)], NOW_US)

    assert writer.device_by_name(ALICE, "Pump") is None


def test_the_name_there_is_free_again_once_it_was_given_back_or_removed(writer):
    writer.rebuild([claimed(by_gateway=True)], NOW_US)

    writer.change([PUMP | {"name": "Pump 2"}], [])
    assert writer.device_by_name(ALICE, "Pump") is None
    assert writer.device_by_name(ALICE, "Pump 2").id == PUMP_ID

    writer.change([claimed(by_gateway=True)], [])
    writer.change([], [PUMP_ID])
    assert writer.device_by_name(ALICE, "Pump") is None


@pytest.mark.parametrize("order", [1, -1])
def test_another_device_of_the_former_owner_with_that_name_takes_precedence(writer, order):
    own = VALVE | {"owner": ObjectId(ALICE), "name": "Pump"}

    writer.rebuild([claimed(by_gateway=True), own][::order], NOW_US)

    assert writer.device_by_name(ALICE, "Pump").id == VALVE_ID
