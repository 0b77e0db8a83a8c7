"""How many keys a device may have."""

import pytest

from qlines.ingest import known_keys
from qlines.ingest.known_keys import LOOK_UP_AFTER, KnownKeys

ONE, TWO = "1" * 24, "2" * 24


def known(limit=100, stored=None):
    """Return the keys of all devices, and the devices whose stored keys were looked up."""
    looked_up = []

    def look_up(device):
        looked_up.append(device)
        return stored

    return KnownKeys(limit, look_up), looked_up


def admitted(keys, names):
    return [name for name in names if keys.problem(name) is None]


def test_a_device_has_so_many_keys_and_no_more():
    keys, _ = known(limit=3)

    assert admitted(keys[ONE], "abcde") == ["a", "b", "c"]
    assert keys[ONE].known == {"a", "b", "c"}
    assert keys.refused == 2
    assert "at most 3 keys" in keys[ONE].problem("d")
    assert keys[TWO].problem("d") is None


def test_a_key_that_the_device_has_is_never_refused():
    keys, _ = known(limit=1)

    assert admitted(keys[ONE], "aba") == ["a", "a"]


def test_a_device_with_few_keys_is_never_looked_up():
    keys, looked_up = known(limit=1000)

    admitted(keys[ONE], map(str, range(LOOK_UP_AFTER)))

    assert looked_up == []


def test_stored_keys_count_after_a_restart():
    stored = {f"stored {number}" for number in range(100)}
    keys, looked_up = known(limit=100, stored=stored)

    new = admitted(keys[ONE], map(str, range(1000)))

    assert new == list(map(str, range(LOOK_UP_AFTER)))
    assert admitted(keys[ONE], ["stored 7"]) == ["stored 7"]
    assert looked_up == [ONE]


def test_a_limit_below_the_look_up_is_looked_up_earlier():
    keys, looked_up = known(limit=1, stored={"stored"})

    assert admitted(keys[ONE], ["new", "stored"]) == ["stored"]
    assert looked_up == [ONE]


def test_while_a_store_is_away_the_keys_since_the_start_count():
    keys, _ = known(limit=100, stored=None)

    assert len(admitted(keys[ONE], map(str, range(1000)))) == 100


def test_the_keys_in_memory_are_bounded(monkeypatch):
    monkeypatch.setattr(known_keys, "MAX_KEYS_IN_MEMORY", 10)
    keys, _ = known(limit=100)

    for device in range(100):
        admitted(keys[f"{device:024}"], ["a", "b"])

    assert sum(len(keys[f"{device:024}"].known) for device in range(100)) <= 10
    assert keys[f"{99:024}"].known == {"a", "b"}


@pytest.mark.parametrize("names", [["a", "b"], ["b", "a"]])
def test_forgetting_a_device_never_forgets_the_last_one(monkeypatch, names):
    monkeypatch.setattr(known_keys, "MAX_KEYS_IN_MEMORY", 1)
    keys, _ = known(limit=100)

    assert admitted(keys[ONE], names) == names
    assert keys[ONE].known == {"a", "b"}


def test_a_forgotten_device_with_many_keys_is_looked_up_before_it_gets_a_new_one(monkeypatch):
    monkeypatch.setattr(known_keys, "MAX_KEYS_IN_MEMORY", 100)
    stored = {f"stored {number}" for number in range(100)}
    keys, looked_up = known(limit=100, stored=stored)
    admitted(keys[ONE], stored)
    admitted(keys[TWO], ["a"])

    assert ONE not in keys
    assert admitted(keys[ONE], ["new", "stored 7"]) == ["stored 7"]
    assert looked_up == [ONE, ONE]


def test_the_device_that_gets_a_key_is_not_the_one_that_is_forgotten(monkeypatch):
    monkeypatch.setattr(known_keys, "MAX_KEYS_IN_MEMORY", 10)
    keys, _ = known(limit=1000)
    admitted(keys[ONE], "abcde")
    admitted(keys[TWO], "abcde")

    assert admitted(keys[ONE], "f") == ["f"]

    assert keys[ONE].known == set("abcdef")
    assert TWO not in keys
