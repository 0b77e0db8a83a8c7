"""The list of what an image contains: its sources, and the document."""

import json

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from appliance.sbom import clickhouse, debian, document, java, maven, mongodb, npm, python


def purls(components):
    return [item["purl"] for item in components]


def test_debian_packages_name_their_release_and_their_source():
    listing = (
        "libc6\t2.41-12\tglibc\tinstalled\n"
        "redis\t5:8.0.2-3+deb13u3\tredis\tinstalled\n"
        "gone\t1\tgone\tconfig-files\n"
    )

    assert purls(debian(listing, "13")) == [
        "pkg:deb/debian/libc6@2.41-12?arch=amd64&distro=debian-13&upstream=glibc",
        "pkg:deb/debian/redis@5:8.0.2-3%2Bdeb13u3?arch=amd64&distro=debian-13",
    ]


def test_python_packages_have_normalised_names():
    assert purls(python(["Name: Flask_SocketIO\nVersion: 5.7.0\n\nText: no field\n"])) == [
        "pkg:pypi/flask-socketio@5.7.0"
    ]


def test_jars_have_their_group():
    listing = (
        "\nThe following files have been resolved:\n"
        "   org.apache.kafka:kafka_2.13:jar:4.3.1:compile -- module kafka_2.13\n"
        "   org.slf4j:slf4j-simple:jar:1.7.36:runtime\n"
    )

    assert purls(maven(listing)) == [
        "pkg:maven/org.apache.kafka/kafka_2.13@4.3.1",
        "pkg:maven/org.slf4j/slf4j-simple@1.7.36",
    ]


def test_what_the_browser_gets_leaves_out_development_packages():
    lock = {
        "packages": {
            "": {"name": "qlines"},
            "node_modules/@tabler/core": {"version": "1.6.1"},
            "node_modules/a/node_modules/ms": {"version": "2.1.3"},
            "node_modules/eslint": {"version": "9.0.0", "dev": True},
        }
    }

    assert purls(npm(lock)) == ["pkg:npm/%40tabler/core@1.6.1", "pkg:npm/ms@2.1.3"]


def test_programs_of_no_package_manager_have_a_cpe():
    [server], [runtime] = mongodb("db version v6.0.5\nBuild"), java('JAVA_VERSION="25.0.5.1"\n')

    assert server["cpe"] == "cpe:2.3:a:mongodb:mongodb:6.0.5:*:*:*:*:*:*:*"
    assert runtime["purl"] == "pkg:generic/openjdk@25.0.5.1"


@pytest.mark.parametrize("order", [1, -1])
def test_the_same_content_gives_the_same_valid_document(order):
    parts = [*python(["Name: b\nVersion: 2\n", "Name: a\nVersion: 1\n"]), *mongodb("db version v1")]

    text = json.dumps(document("qlines/appliance", [*parts[::order], parts[0]]))

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    assert purls(json.loads(text)["components"]) == [
        "pkg:generic/mongodb@1", "pkg:pypi/a@1", "pkg:pypi/b@2",
    ]  # fmt: skip


def test_a_clickhouse_of_another_image_has_its_version():
    (item,) = clickhouse("25.8.2.1\n")

    assert item["purl"] == "pkg:generic/clickhouse@25.8.2.1"
    assert item["cpe"] == "cpe:2.3:a:clickhouse:clickhouse:25.8.2.1:*:*:*:*:*:*:*"
    assert list(clickhouse("")) == []
