import re
from pathlib import Path

import pytest

from appliance.shared.twin import Twin
from ha.links.stunnel import configuration

APP = Twin("a", "app", {"b": "vm-b:7444", "witness": "monitor:7444"})


def sections(twin: Twin) -> dict[str, list[tuple[str, str]]]:
    """Return the options of each section by its name; the global ones are under ""."""
    found: dict[str, list[tuple[str, str]]] = {"": []}
    name = ""
    for line in configuration(twin, Path("/data/twin")).splitlines():
        if heading := re.fullmatch(r"\[(.+)\]", line):
            name = heading[1]
            assert name not in found
            found[name] = []
        elif line and not line.startswith(";"):
            key, _, value = line.partition("=")
            found[name].append((key.strip(), value.strip()))
    return found


def test_a_service_of_the_other_side_is_at_its_address() -> None:
    assert sections(APP)["b-kafka"] == [
        ("client", "yes"),
        ("accept", "127.0.1.2:9094"),
        ("connect", "vm-b:7444"),
        ("delay", "yes"),
        ("sni", "kafka"),
        ("checkHost", "app.b.twin"),
    ]


def test_the_own_daemons_are_reached_by_name_and_by_the_counterpart_only() -> None:
    found = sections(APP)

    assert found["own-clickhouse"] == [
        ("sni", "link:clickhouse"),
        ("connect", "127.0.0.1:9000"),
        ("checkHost", "app.b.twin"),
    ]
    assert ("connect", "127.0.1.1:27017") in found["own-mongodb"]


def test_the_witness_shares_mongodb_and_its_health_only() -> None:
    found = sections(APP)

    assert {name for name in found if name.startswith("witness-")} == {
        "witness-mongodb", "witness-health",
    }  # fmt: skip
    assert [value for key, value in found["own-mongodb"] if key == "checkHost"] == [
        "app.b.twin", "app.witness.twin",
    ]  # fmt: skip


def test_the_witness_itself_accepts_both_sides() -> None:
    found = sections(Twin("witness", "app", {"a": "vm-a:7444", "b": "vm-b:7444"}))

    assert set(found) - {""} == {
        "link", "own-mongodb", "own-health", "a-mongodb", "a-health", "b-mongodb", "b-health",
    }  # fmt: skip
    assert ("accept", "127.0.1.1:27017") in found["a-mongodb"]
    assert ("connect", "127.0.1.3:27017") in found["own-mongodb"]


def test_the_blog_carries_its_database_and_its_files() -> None:
    found = sections(Twin("b", "blog", {"a": "vm-a:7445"}))

    assert ("accept", "7445") in found["link"]
    assert ("accept", "127.0.1.1:3306") in found["a-mariadb"]
    assert ("connect", "127.0.1.2:8730") in found["own-rsync"]


@pytest.mark.parametrize(
    "option", [("verifyChain", "yes"), ("requireCert", "yes"), ("sslVersionMin", "TLSv1.3"),
               ("sessionResume", "no"), ("CAfile", "/data/twin/ca.pem")]
)  # fmt: skip
def test_every_section_asks_for_a_certificate_of_the_pairing(option: tuple[str, str]) -> None:
    found = sections(APP)

    assert option in found[""]
    overridden = {key for name, lines in found.items() if name for key, _value in lines}
    assert overridden == {"accept", "checkHost", "client", "connect", "delay", "sni"}
    assert all("checkHost" in dict(lines) for name, lines in found.items() if name)


def test_an_ipv6_address_has_no_brackets() -> None:
    found = sections(Twin("a", "app", {"b": "[2001:db8::2]:7444"}))

    assert ("connect", "2001:db8::2:7444") in found["b-mongodb"]


def test_a_client_without_a_service_is_forwarded_to_where_nothing_listens() -> None:
    assert ("connect", "127.0.0.1:1") in sections(APP)["link"]
