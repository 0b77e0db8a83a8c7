"""What an appliance carries, from the heartbeats of its broker and its web app."""

import json

import pytest

from qlines import traffic
from qlines.traffic import Traffic


@pytest.fixture
def beat(tmp_path):
    def beat(program, beat_at, **counters):
        folder = tmp_path / "heartbeat"
        folder.mkdir(exist_ok=True)
        document = {"beat_at": beat_at, "counters": counters}
        (folder / f"{program}.json").write_text(json.dumps(document))

    return beat


def test_it_is_what_the_two_have_counted(tmp_path, beat):
    beat("mosquitto", 11.0, remote_connections=3, moved=7, connections=4)
    beat("gunicorn", 10.0, requests_in_hand=2)

    assert traffic.read(tmp_path) == Traffic(devices=3, requests=2, moved=7, as_of=10.0)


def test_it_is_not_known_without_one_of_them(tmp_path, beat):
    beat("mosquitto", 11.0, remote_connections=3, moved=7)

    assert traffic.read(tmp_path) is None


@pytest.mark.parametrize(
    ("devices", "requests", "words"),
    [(0, 0, "nothing"), (1, 0, "1 device"), (0, 2, "2 requests"),
     (1200, 1, "1,200 devices and 1 request")],
)  # fmt: skip
def test_what_is_left_in_words(devices, requests, words):
    assert traffic.in_words(Traffic(devices, requests, 0, 0.0)) == words
