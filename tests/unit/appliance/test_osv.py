"""Which component has which known vulnerability."""

import itertools

import pytest

from appliance.osv import (
    Package,
    compare_debian,
    compare_numbers,
    is_affected,
    matches,
    package_of,
)


@pytest.mark.parametrize(
    ("purl", "package"),
    [
        (
            "pkg:deb/debian/libc6@2.41-12%2Bdeb13u1?arch=amd64&distro=debian-13&upstream=glibc",
            Package("Debian:13", "glibc", "2.41-12+deb13u1"),
        ),
        (
            "pkg:deb/debian/redis@5:8.0.2?arch=amd64&distro=debian-12",
            Package("Debian:12", "redis", "5:8.0.2"),
        ),
        ("pkg:pypi/flask@3.1.0", Package("PyPI", "flask", "3.1.0")),
        ("pkg:npm/%40tabler/core@1.6.1", Package("npm", "@tabler/core", "1.6.1")),
        (
            "pkg:maven/org.apache.kafka/kafka_2.13@4.3.1",
            Package("Maven", "org.apache.kafka:kafka_2.13", "4.3.1"),
        ),
        ("pkg:generic/mongodb@6.0.5", Package("generic", "mongodb", "6.0.5")),
    ],
)
def test_a_package_url_becomes_the_name_that_osv_uses(purl, package):
    assert package_of(purl) == package


@pytest.mark.parametrize(
    "ascending",
    [
        ("1.0~rc1", "1.0", "1.0-1", "1.0-1+deb13u1", "1.0-2", "1.0a-1", "1.0+x-1", "1.10", "1:0.1"),
        ("18.16.1+ds-7.2", "18.16.1+ds-7.3", "18.16.1+ds-10"),
    ],
)
def test_debian_orders_versions_by_its_policy(ascending):
    for lower, higher in itertools.combinations(ascending, 2):
        assert compare_debian(lower, higher) < 0 < compare_debian(higher, lower)
        assert compare_debian(lower, lower) == 0


def test_others_order_versions_by_their_numbers():
    ascending = ("1.0.0-alpha.1", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2", "1.10", "25.0.5.1")
    for lower, higher in itertools.combinations(ascending, 2):
        assert compare_numbers(lower, higher) < 0 < compare_numbers(higher, lower)
    assert compare_numbers("1.0", "1.0.0") == compare_numbers("v1.0+build", "1.0") == 0


@pytest.mark.parametrize(
    ("version", "expected"),
    [("0.9", False), ("1.0", True), ("1.5", True), ("1.6", False), ("2.0", True), ("2.3", True),
     ("2.4", False), ("3.0", True)],
)  # fmt: skip
def test_a_range_is_followed_through_all_its_events(version, expected):
    events = [
        {"introduced": "2.0"}, {"last_affected": "2.3"}, {"introduced": "1.0"}, {"fixed": "1.6"},
    ]  # fmt: skip
    affected = {"ranges": [{"type": "ECOSYSTEM", "events": events}], "versions": ["3.0"]}

    assert is_affected(Package("PyPI", "a", version), affected) is expected


def test_everything_is_affected_until_a_version_is_fixed():
    affected = {"ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "2"}]}]}

    assert is_affected(Package("npm", "a", "1.9"), affected)
    assert not is_affected(Package("npm", "a", "2"), affected)


def test_only_the_same_package_of_the_same_ecosystem_matches():
    events = [{"introduced": "0"}]

    def entry(identifier, ecosystem, name, **more):
        package = {"ecosystem": ecosystem, "name": name}
        ranges = [{"type": "ECOSYSTEM", "events": events}]
        return {"id": identifier, "affected": [{"package": package, "ranges": ranges}], **more}

    database = [
        entry("A", "PyPI", "flask"), entry("B", "npm", "flask"), entry("C", "PyPI", "other"),
        entry("D", "PyPI", "flask", withdrawn="2026-01-01T00:00:00Z"),
    ]  # fmt: skip

    found = [
        (one.name, entry["id"]) for one, entry in matches([Package("PyPI", "flask", "3")], database)
    ]

    assert found == [("flask", "A")]
