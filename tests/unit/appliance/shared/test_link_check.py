"""The checks by TLS itself are in tests/integration/ha/test_link_check.py."""

from pathlib import Path

from appliance.shared.link_check import LinkError, down
from appliance.shared.twin import Twin

APP = Twin("a", "app", {"b": "vm-b:7444", "witness": "monitor:7444"})


def test_it_names_the_side_and_the_address_of_a_link_that_is_down(tmp_path: Path) -> None:
    def check(_twin: Twin, _data: Path, side: str, _seconds: float) -> None:
        if side == "b":
            raise LinkError("Connection refused")

    found = list(down(APP, tmp_path, 2.0, check))

    assert found == [("b", "the link to b (vm-b:7444) is down: Connection refused")]


def test_the_links_share_the_time(tmp_path: Path) -> None:
    times = []

    list(down(APP, tmp_path, 3.0, lambda _twin, _data, _side, seconds: times.append(seconds)))

    assert times == [1.5, 1.5]
