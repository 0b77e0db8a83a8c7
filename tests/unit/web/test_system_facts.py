"""The facts of the health report in sentences."""

from qlines.web.system_facts import Fact, facts

NOW_MS = 1_800_000_000_000
REPORT = {
    "canary": {"age_seconds": 3.2, "latency_ms": 250},
    "spool": {"unread_bytes": 0, "lag_ms": {"ingest": 0, "writer": 1240}},
    "disk": {
        "total_bytes": 100_000_000_000,
        "free_bytes": 59_000_000_000,
        "forecast": {"days": 5.2},
        "guard": {"dropped_partitions": 0},
    },
    "backup": {"last_good": {"age_seconds": 7300}, "proven": None},
    "repairs": [],
    "maintenance": None,
    "restore": None,
    "twin": None,
}


def text(**changed):
    return "\n".join(fact.sentence for fact in facts({**REPORT, **changed}, NOW_MS))


def test_every_part_is_a_sentence_or_two():
    assert facts(REPORT, NOW_MS) == [
        Fact(
            "Way of a message",
            "The appliance sends itself a message every 10 s. The newest one is 3 s old and took"
            " 0.25 s from the broker to `/api/data`.",
        ),
        Fact("Spool", "No message waits; ingest is 0.0 s behind; writer is 1.2 s behind."),
        Fact(
            "Disk",
            "41 % of the disk is used, 59 GB are free. At the growth of the last days, room is made"
            " by deleting in 5 days.",
        ),
        Fact("Backups", "The last good backup began 2 h ago. No restore is proven yet."),
    ]


def test_what_waits_in_the_spool_is_said():
    spool = {"unread_bytes": 2_500_000, "lag_ms": {}}

    assert "2.5 MB of accepted messages wait." in text(spool=spool)


def test_before_the_first_message_of_its_own_it_says_so():
    canary = {"age_seconds": None, "latency_ms": None}

    assert "The appliance has not received a message of its own yet." in text(canary=canary)


def test_a_drain_a_restore_the_role_and_repairs_are_said():
    found = text(
        maintenance={"since": NOW_MS - 300_000, "reason": "new disk"},
        restore={"since": NOW_MS - 30_000, "sentence": "loading mongodb"},
        twin={"role": "active", "sentence": "a is active"},
        repairs=[{"at": NOW_MS - 7_200_000, "program": "redis", "sentence": "cut its log"}],
        disk={"total_bytes": 10, "free_bytes": 5, "guard": {"dropped_partitions": 3}},
    )

    assert found.startswith("Users have been sent elsewhere for 5 min: new disk;")
    assert "A restore began 30 s ago: loading mongodb." in found
    assert "This side is active: a is active." in found
    assert "redis, 2 h ago: cut its log." in found
    assert "3 weeks of readings were deleted so far to make room." in found


def test_a_report_without_parts_has_no_facts():
    assert facts({"status": "down"}, NOW_MS) == []
