from types import SimpleNamespace

import pytest

from qlines.alarms.fleet import Device, Fleet, WatchedRule

ALICE, BOB = "a" * 24, "b" * 24
PUMP = Device("1" * 24, ALICE, "pump", ("roof", "pump"), "p1")


def rule(rule_id, scope="all", target="", owner=ALICE, keys=("temperature",), **more):
    compiled = SimpleNamespace(
        id=rule_id,
        keys=frozenset(keys),
        needs_any_reading=more.get("needs_any_reading", False),
        needs_presence=more.get("needs_presence", False),
        conditions=[SimpleNamespace(if_never=more.get("if_never", False))],
    )
    return WatchedRule(compiled, owner, f"rule {rule_id}", scope, target, 0)


def fleet(*rules, devices=(PUMP,), max_pairs=1_000):
    made = Fleet(max_pairs)
    made.set_rules(rules)
    for device in devices:
        made.put(device)
    return made


@pytest.mark.parametrize(
    ("scope", "target", "concerns"),
    [
        ("all", "", True),
        ("device", PUMP.id, True),
        ("device", "2" * 24, False),
        ("tag", "roof", True),
        ("tag", "cellar", False),
        ("product", "p1", True),
        ("product", "p2", False),
    ],
)
def test_a_rule_concerns_the_devices_of_its_scope(scope, target, concerns):
    assert (PUMP.id in fleet(rule("1", scope, target)).sets) is concerns


def test_a_rule_concerns_devices_of_its_owner_only():
    assert fleet(rule("1", owner=BOB)).sets == {}


def test_a_reading_concerns_the_rules_of_its_keys_each_once_and_those_of_any_reading():
    rules = fleet(
        rule("1"),
        rule("2", keys=("humidity",)),
        rule("3", keys=("temperature", "humidity")),
        rule("4", keys=(), needs_any_reading=True),
    ).sets[PUMP.id]

    def concerned(*keys):
        return sorted(one.id for one in rules.concerned(keys))

    assert concerned("temperature", "humidity") == ["1", "2", "3", "4"]
    assert concerned("temperature") == ["1", "3", "4"]
    assert concerned("pressure") == ["4"]


def test_devices_with_the_same_rules_share_one_set():
    others = [PUMP._replace(id=f"{number:024}") for number in range(3)]
    made = fleet(rule("1"), rule("2"), devices=others)

    assert len({id(found) for found in made.sets.values()}) == 1


def test_a_device_that_loses_its_tag_or_its_owner_is_forgotten():
    made = fleet(rule("1", "tag", "roof"))
    made.put(PUMP._replace(tags=()))
    assert made.sets == made.devices == {}

    made.put(PUMP)
    made.put(PUMP._replace(owner=BOB))
    assert made.devices == {}


def test_other_rules_leave_each_device_those_that_concern_it():
    made = fleet(rule("1"), rule("2", "tag", "roof"))

    made.set_rules([rule("2", "tag", "roof"), rule("3", "tag", "cellar")])
    assert list(made.rules_of(PUMP.id)) == ["2"]
    made.set_rules([])

    assert made.devices == {}


@pytest.mark.parametrize(
    ("more", "decides"), [({}, False), ({"needs_presence": True}, True), ({"if_never": True}, True)]
)
def test_some_rules_decide_about_devices_that_never_sent_anything(more, decides):
    assert rule("1", **more).decides_unheard is decides


NEW = Device("2" * 24, ALICE, "new pump", ("pump",), "p1")


def test_beyond_the_limit_of_an_owner_the_newest_devices_are_left_out():
    made = fleet(rule("a"), rule("b"), rule("c", owner=BOB), devices=(), max_pairs=3)

    made.put_all([NEW, PUMP, Device("3" * 24, BOB, "bob's")])

    assert list(made.rules_of(PUMP.id)) == ["a", "b"]
    assert list(made.rules_of(NEW.id)) == ["a"], "and of one the newest rules"
    assert list(made.rules_of("3" * 24)) == ["c"], "which is another owner's"
    assert made.left_out() == {"b": 1}
    assert made.is_left_out("b", NEW.id)
    assert not made.is_left_out("b", PUMP.id)


def test_so_are_they_where_a_rule_is_the_first_one_about_an_older_device():
    made = fleet(rule("b", "device", NEW.id), devices=(PUMP, NEW), max_pairs=1)
    assert list(made.rules_of(NEW.id)) == ["b"]

    made.set_rules([rule("b", "device", NEW.id), rule("a", "device", PUMP.id)])
    made.put_all([NEW, PUMP])  # as it will be after a start

    assert list(made.rules_of(PUMP.id)) == ["a"]
    assert made.left_out() == {"b": 1}


def test_who_was_left_out_is_taken_once_there_is_room():
    made = fleet(rule("a"), devices=(PUMP, NEW), max_pairs=1)
    assert made.admit() == []

    made.remove(PUMP.id)

    assert made.admit() == [NEW.id]
    assert list(made.rules_of(NEW.id)) == ["a"]
    assert made.left_out() == {}


def test_other_rules_are_room_too_and_so_is_a_device_of_another_owner():
    made = fleet(rule("a"), rule("b"), devices=(PUMP, NEW), max_pairs=2)
    assert made.left_out() == {"a": 1, "b": 1}

    made.set_rules([rule("b")])

    assert (len(made.sets), made.left_out()) == (2, {})
    made.set_rules([rule("b"), rule("a")])
    made.put(PUMP._replace(owner=BOB))
    made.admit()
    assert list(made.rules_of(NEW.id)) == ["a", "b"]


def test_the_same_device_again_takes_no_more_room():
    made = fleet(rule("a"), devices=(PUMP, PUMP, PUMP), max_pairs=1)

    made.put(PUMP._replace(name="renamed"))

    assert made.rules_of(PUMP.id)
    assert made.left_out() == {}
