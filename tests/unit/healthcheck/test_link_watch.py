import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from appliance.shared.twin import Twin
from ha.pairing.authority import make_authority
from healthcheck import checks
from healthcheck.link_watch import LinkWatch
from healthcheck.observations import Answer, Observation, Process
from healthcheck.probes.connection import BlockedError, ProbeError
from qlines.clock import FakeClock
from qlines.programs import BY_NAME

DOWN = "the link to b (vm-b:7444) is down: Connection refused"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    (tmp_path / "twin").mkdir()
    peers = {"b": "vm-b:7444", "witness": "monitor:7444"}
    document = {"version": 1, "side": "a", "part": "app", "peers": peers}
    (tmp_path / "twin" / "twin.json").write_text(json.dumps(document))
    return tmp_path


def watch(data_dir: Path, *found: tuple[str, str]) -> LinkWatch:
    """Return a watch that has tried once, without its thread."""

    def down(_twin: Twin, _data: Path, _seconds: float) -> Iterator[tuple[str, str]]:
        yield from found

    made = LinkWatch(data_dir, FakeClock(), down)
    made._thread = object()  # type: ignore[assignment] # as if it had been started
    made.try_links()
    return made


def test_it_names_the_sides_whose_links_are_up(data_dir: Path) -> None:
    assert watch(data_dir).probe(1.0) == "connected to b and witness"


def test_a_link_that_is_down_blocks_and_is_no_fault_of_the_program(data_dir: Path) -> None:
    with pytest.raises(BlockedError, match="Connection refused") as raised:
        watch(data_dir, ("b", DOWN)).probe(1.0)

    assert raised.value.blocked_by == "b"


def test_it_says_that_the_pairing_has_gone(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match="has no pairing any more"):
        watch(tmp_path).probe(1.0)


def test_it_repeats_what_it_cannot_understand(data_dir: Path) -> None:
    (data_dir / "twin" / "twin.json").write_text("{")

    with pytest.raises(ProbeError, match=r"must be written by `make twin-join`"):
        watch(data_dir).probe(1.0)


def test_the_verdict_is_blocked_by_the_other_side_even_after_it_was_well() -> None:
    answer = Answer(False, DOWN, "b")
    observation = Observation(Process("RUNNING", 7, 0.0), answer, None, has_answered=True)

    verdict = checks.judge_alone(BY_NAME["links"], observation, 1000.0)

    assert verdict == checks.Verdict("links", "blocked", "b", DOWN)
    assert checks.with_cause(verdict, {"links": verdict}) == verdict


def test_it_knows_when_the_certificates_expire(data_dir: Path) -> None:
    authority = make_authority("1f", datetime(2026, 1, 1, tzinfo=UTC))
    (data_dir / "twin" / "ca.pem").write_text(authority.certificate)

    assert watch(data_dir).certificate_ends == {
        "ca.pem": datetime(2036, 1, 2, tzinfo=UTC).timestamp()
    }
