"""Two ends of a link in the image, each with stand-ins for its daemons."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from appliance.shared.twin import Twin
from ha.pairing.authority import Authority, make_authority, make_link
from tests.harness.deadline import eventually
from tests.harness.docker import run
from tests.harness.link_end import LinkEnd, write_side
from tests.harness.proxy import Network


class Pair(NamedTuple):
    """Both ends, their folders, and the authority of the pairing."""

    a: LinkEnd
    b: LinkEnd
    folders: dict[str, Path]
    authority: Authority


@pytest.fixture(scope="module")
def pair(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    authority = make_authority("test", datetime.now(UTC))
    folders = {side: tmp_path_factory.mktemp(side) for side in "ab"}
    twins = {side: Twin(side, "app", {other: f"vm-{other}:7444"}) for side, other in ("ab", "ba")}
    network = Network()
    try:
        for side, folder in folders.items():
            write_side(folder, twins[side], authority)
            make_readable(folder)
        ends = [LinkEnd(network, image, twins[side], folders[side]) for side in "ab"]
        yield Pair(*ends, folders, authority)
    finally:
        network.remove()


def make_readable(folder: Path) -> None:
    """Let the container's user read files of the user who runs the tests."""
    for path in (folder, *folder.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)


def use_certificate(pair: Pair, name: str, text: str) -> str:
    """Put a key and certificate where a client in A finds them; return its path there."""
    file = pair.folders["a"] / f"{name}.pem"
    file.write_text(text)
    make_readable(pair.folders["a"])
    return f"/data/{name}.pem"


@pytest.mark.parametrize("service", ["mongodb", "kafka", "clickhouse", "web", "health"])
def test_a_service_of_the_other_side_answers_at_its_address(pair: Pair, service: str) -> None:
    answer = eventually(lambda: pair.a.ask("b", service), 30, "the link carries data")

    assert answer == f"{service}-of-b hello"
    assert eventually(lambda: pair.b.ask("a", service), 30, "the link carries data back") == (
        f"{service}-of-a hello"
    )


def test_a_client_with_the_certificate_of_the_pairing_is_heard(pair: Pair) -> None:
    link = use_certificate(pair, "own", make_link(pair.authority, "app.a.twin", datetime.now(UTC)))

    assert pair.a.ask_by_tls("b", "kafka", link) == "kafka-of-b hello"


def test_a_client_without_a_certificate_is_refused(pair: Pair) -> None:
    assert pair.a.ask_by_tls("b", "kafka") == ""


def test_a_client_with_a_certificate_of_another_authority_is_refused(pair: Pair) -> None:
    other = make_authority("test", datetime.now(UTC))
    link = use_certificate(pair, "foreign", make_link(other, "app.a.twin", datetime.now(UTC)))

    assert pair.a.ask_by_tls("b", "kafka", link) == ""


@pytest.mark.parametrize("name", ["blog.a.twin", "proxy.a.twin", "app.witness.twin", "app.b.twin"])
def test_the_certificate_of_another_part_or_side_is_refused(pair: Pair, name: str) -> None:
    link = use_certificate(pair, name, make_link(pair.authority, name, datetime.now(UTC)))

    assert pair.a.ask_by_tls("b", "kafka", link) == ""


@pytest.mark.parametrize("service", ["", "postgres"])
def test_a_client_that_names_no_service_reaches_nothing(pair: Pair, service: str) -> None:
    link = use_certificate(pair, "own", make_link(pair.authority, "app.a.twin", datetime.now(UTC)))

    assert pair.a.ask_by_tls("b", service, link) == ""


def test_the_health_checker_hears_the_other_side(pair: Pair) -> None:
    assert pair.a.what_is_down() == ""
    assert pair.b.what_is_down() == ""


def test_the_health_checker_says_why_a_link_is_down(pair: Pair) -> None:
    run("docker", "stop", "-t", "1", pair.b.name)
    try:
        assert re.fullmatch(r"the link to b \(vm-b:7444\) is down: [A-Z].+", pair.a.what_is_down())
    finally:
        run("docker", "start", pair.b.name)
    eventually(lambda: pair.a.what_is_down() == "", 30, "the link is up again")


def test_the_restart_of_one_end_is_harmless(pair: Pair) -> None:
    run("docker", "restart", "-t", "1", pair.b.name)

    assert eventually(lambda: pair.a.ask("b", "mongodb"), 30, "A reaches B again")
    assert eventually(lambda: pair.b.ask("a", "mongodb"), 30, "B reaches A again")


def test_a_reload_takes_up_renewed_certificates_and_refuses_the_revoked(pair: Pair) -> None:
    renewed = make_authority("test", datetime.now(UTC))
    for end in (pair.a, pair.b):
        write_side(pair.folders[end.twin.side], end.twin, renewed)
    pair.b.reload()
    eventually(lambda: "is not valid" in pair.b.what_is_down(), 30, "A has the one before")
    eventually(lambda: pair.a.ask("b", "web") == "", 30, "B refuses the certificate before")

    pair.a.reload()

    assert eventually(lambda: pair.a.ask("b", "web"), 30, "both have the new ones")
