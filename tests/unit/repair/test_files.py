import faulthandler

import pytest

from qlines.repair import files
from qlines.store.registry_file import RegistryFile, RegistryFileWriter

DEVICES = [
    {"_id": f"{number:024x}", "owner": "a" * 24, "name": f"d{number}", "token": f"t{number}"}
    for number in range(500)
]


@pytest.fixture(autouse=True)
def _no_stack_of_the_child():
    """Print no stack when the child that reads a corrupt file ends by a signal."""
    faulthandler.disable()
    yield
    faulthandler.enable()


@pytest.fixture
def registry(tmp_path):
    folder = tmp_path / "registry"
    file = RegistryFileWriter(folder)
    file.rebuild(DEVICES, 1)
    file.close()
    return folder / "data.mdb"


def repair(data_dir):
    notes = []
    files.repair(data_dir, notes.append)
    return notes


def names(folder):
    return sorted(path.name.split("-")[0] for path in folder.iterdir())


def test_a_new_volume_needs_no_repair(tmp_path):
    assert repair(tmp_path) == []


@pytest.mark.parametrize("content", [b"", b"\0\0", b"1\0", b"x"])
def test_a_corrupt_version_is_set_aside(tmp_path, content):
    (tmp_path / "version").write_bytes(content)

    (note,) = repair(tmp_path)

    assert names(tmp_path) == ["version.corrupt"]
    assert "version.corrupt-" in note


def test_a_version_stays(tmp_path):
    (tmp_path / "version").write_text("2\n")

    assert repair(tmp_path) == []
    assert (tmp_path / "version").read_text() == "2\n"


def test_blank_secrets_are_set_aside_and_others_stay(tmp_path):
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "secret_key").write_bytes(b"\0" * 25)
    (secrets / "backup_password").write_bytes(b"")
    (secrets / "another").write_bytes(b"")
    (secrets / "health_token").write_text("token\n")

    notes = repair(tmp_path)

    assert names(secrets) == [
        "another.corrupt", "backup_password.corrupt", "health_token", "secret_key.corrupt",
    ]  # fmt: skip
    assert [note.rpartition(";")[2] for note in notes] == [
        " no person uses it",
        " put the old one back, which you keep elsewhere: older backups need it",
        " everybody has to sign in again, and to allow messages in browsers again",
    ]


def test_a_registry_file_that_can_be_read_stays_without_its_lock_file(registry):
    before = registry.read_bytes()

    assert repair(registry.parent.parent) == []

    assert registry.read_bytes() == before
    assert names(registry.parent) == ["data.mdb"]
    reader = RegistryFile(registry.parent)
    assert reader.device_by_token("t7", 1) is not None
    reader.close()


# Truncated files end their reader by SIGBUS, zeros in the pages by SIGSEGV or an error of LMDB.
@pytest.mark.parametrize(
    "corrupt",
    [
        lambda content: b"",
        lambda content: content[:8192],
        lambda content: content[: len(content) // 2],
        lambda content: bytes(len(content)),
        lambda content: content[:8192] + bytes(len(content) - 8192),
        lambda content: content[:8192] + b"\xa5" * (len(content) - 8192),
    ],
    ids=["empty", "two pages", "half", "zeros", "zeros after the head", "garbage after the head"],
)
def test_a_corrupt_registry_file_is_set_aside(registry, corrupt):
    registry.write_bytes(corrupt(registry.read_bytes()))

    (note,) = repair(registry.parent.parent)

    assert names(registry.parent) == ["data.mdb.corrupt"]
    assert "built from MongoDB" in note
