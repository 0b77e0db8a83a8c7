"""An export is fetched through either of two twins; its file is handed over to the other only."""

import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from appliance.shared.twin import Twin
from qlines.clock import utc_datetime
from qlines.store import exports
from qlines.web import twin_exports
from qlines.web.auth import twin_pass
from qlines.web.factory import create_app
from tests.unit.web.conftest import Person, World, make_deps

TEXT = "time,key,value\n" * 20_000


class OtherSide:
    """The web app of the other side, in a thread: gives *body* and says that it has *length*."""

    def __init__(self):
        self.status, self.body, self.length, self.passes = 200, TEXT.encode(), len(TEXT), []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # http.server's name
                outer.passes.append((self.path, self.headers[twin_pass.HEADER]))
                self.send_response(outer.status)
                self.send_header("Content-Length", str(outer.length))
                self.end_headers()
                self.wfile.write(outer.body)

            def log_message(self, *_arguments):
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def side_b(tmp_path):
    deps = replace(make_deps(tmp_path), twin=Twin("b", "app", {"a": "vm-a:7444"}))
    return World(deps, create_app(deps))


@pytest.fixture
def alice(side_b):
    return Person(side_b, "alice")


@pytest.fixture
def side_a(monkeypatch, socket_enabled):
    side = OtherSide()
    monkeypatch.setattr(twin_exports, "ADDRESSES", {"a": "127.0.0.1"})
    monkeypatch.setattr(twin_exports, "PORT", side.port)
    yield side
    side.close()


def made(world, alice, side):
    export_id = exports.add(
        world.deps.db, user=alice.id, device=alice.device["_id"], keys=[], from_ms=0, to_ms=1,
        now=utc_datetime(world.deps.clock.now_us()),
    )  # fmt: skip
    exports.finish(world.deps.db, export_id, f"{export_id}.csv", side)
    return export_id


def hand_over(world, export_id, key):
    headers = {twin_pass.HEADER: key}
    return world.client().get(f"/twin/exports/{export_id}", headers=headers, buffered=True)


def a_pass(world, export_id):
    return twin_pass.make(world.deps.secret_key, export_id, world.deps.clock.now_us() / 1e6)


def test_a_file_of_the_other_side_is_fetched_from_there(side_b, side_a, alice):
    export_id = made(side_b, alice, "a")

    answer = alice.call("GET", f"/api/exports/{export_id}/file", buffered=True)

    assert answer.text == TEXT
    assert answer.content_length == len(TEXT)
    assert answer.headers["Content-Disposition"] == "attachment; filename=alice_s_device.csv"
    assert side_a.passes == [(f"/twin/exports/{export_id}", a_pass(side_b, export_id))]


@pytest.mark.parametrize("side", ["b", None])
def test_a_file_of_this_side_is_read_here(side_b, alice, side):
    export_id = made(side_b, alice, side)
    (side_b.deps.exports_dir / f"{export_id}.csv").write_text("here")

    answer = alice.call("GET", f"/api/exports/{export_id}/file", buffered=True)

    assert answer.text == "here"


def test_while_the_other_side_is_away_it_says_where_the_file_is(side_b, side_a, alice):
    side_a.close()

    answer = alice.get(f"/api/exports/{made(side_b, alice, 'a')}/file")

    assert answer.status_code == 503
    assert answer.json["detail"] == (
        "the file is on side a, which does not answer: download it when that side is back, or"
        " request the export again to have it made here"
    )
    assert answer.headers["Retry-After"] == "60"
    assert "Content-Disposition" not in answer.headers


def test_an_answer_without_the_file_is_named(side_b, side_a, alice):
    side_a.status = 404

    answer = alice.get(f"/api/exports/{made(side_b, alice, 'a')}/file")

    assert answer.status_code == 503
    assert "which answers with status 404" in answer.json["detail"]


def test_a_file_that_ends_too_early_is_an_error(side_b, side_a, alice):
    side_a.length += 1

    answer = alice.get(f"/api/exports/{made(side_b, alice, 'a')}/file")

    with pytest.raises(twin_exports.http.client.IncompleteRead):
        answer.get_data()


def test_a_file_is_handed_over_for_a_pass(side_b, alice):
    export_id = made(side_b, alice, "b")
    (side_b.deps.exports_dir / f"{export_id}.csv").write_text(TEXT)

    assert hand_over(side_b, export_id, a_pass(side_b, export_id)).text == TEXT


def test_it_is_handed_over_to_nobody_else(side_b, alice):
    export_id, other = made(side_b, alice, "b"), made(side_b, alice, "b")
    (side_b.deps.exports_dir / f"{export_id}.csv").write_text(TEXT)

    for key in ("", a_pass(side_b, other), twin_pass.make("wrong", export_id, 0)):
        assert hand_over(side_b, export_id, key).status_code == 403


def test_without_a_pairing_there_is_nothing_to_hand_over(world):
    assert world.client().get("/twin/exports/1").status_code == 404
