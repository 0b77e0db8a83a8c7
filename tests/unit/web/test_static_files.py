"""Static files: the compressed twin for browsers that accept it."""

import gzip
import struct

import pytest
from flask import Flask

from qlines.web import static_files

STYLE = b"body { color: red }"


@pytest.fixture
def client(tmp_path):
    folder = tmp_path / "static"
    (folder / "vendor").mkdir(parents=True)
    (folder / "vendor" / "look.css").write_bytes(STYLE)
    (folder / "vendor" / "look.css.gz").write_bytes(gzip.compress(STYLE))
    (folder / "plain.js").write_text("1;")
    (tmp_path / "secret.gz").write_text("secret")
    app = Flask("test", static_folder=None)
    static_files.init_app(app, folder)
    return app.test_client()


def get(client, path, **headers):
    return client.get(path, headers=headers, buffered=True)


def test_it_sends_the_twin_with_the_type_of_the_file(client):
    answer = get(client, "/static/vendor/look.css", **{"Accept-Encoding": "gzip, br"})

    assert gzip.decompress(answer.data) == STYLE
    assert answer.headers["Content-Encoding"] == "gzip"
    assert answer.mimetype == "text/css"
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("encodings", ["", "br", "gzip;q=0"])
def test_it_sends_the_file_itself_to_others(client, encodings):
    answer = get(client, "/static/vendor/look.css", **{"Accept-Encoding": encodings})

    assert answer.data == STYLE
    assert "Content-Encoding" not in answer.headers


def test_a_file_without_a_twin_is_sent_unchanged_and_revalidated(client):
    answer = get(client, "/static/plain.js", **{"Accept-Encoding": "gzip"})

    assert answer.data == b"1;"
    assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("path", ["../secret", "nothing", "vendor", "%2e%2e/secret"])
def test_it_sends_nothing_from_outside_the_folder(client, path):
    assert get(client, f"/static/{path}", **{"Accept-Encoding": "gzip"}).status_code == 404


def test_the_service_worker_is_served_where_it_may_serve_every_page(world):
    answer = world.client().get("/service-worker.js", buffered=True)

    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert b"showNotification" in answer.data


def test_every_icon_of_the_manifest_has_the_size_that_it_says(world):
    client = world.client()
    manifest = client.get("/static/manifest.webmanifest", buffered=True).json

    for icon in manifest["icons"]:
        picture = client.get(icon["src"], buffered=True)
        assert picture.status_code == 200, icon
        assert picture.mimetype == icon["type"]
        if icon["type"] == "image/png":
            width, height = struct.unpack(">II", picture.data[16:24])  # of the chunk IHDR
            assert f"{width}x{height}" == icon["sizes"]
