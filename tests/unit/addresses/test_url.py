"""The parts of an address, whatever its hosts are and whichever Python splits it."""

import pytest

from qlines.addresses.url import split_url


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "mongodb://user:p%40ss@one:1,two,[::1]:3/iot?replicaSet=rs&tls=true",
            ("mongodb", "user:p%40ss@one:1,two,[::1]:3", "/iot", "replicaSet=rs&tls=true", ""),
        ),
        ("CLICKHOUSE://[::1]", ("clickhouse", "[::1]", "", "", "")),
        ("redis://half[:1/0#x", ("redis", "half[:1", "/0", "", "x")),
        ("unix:///run/redis.sock?db=1", ("unix", "", "/run/redis.sock", "db=1", "")),
        ("host,two", ("", "", "host,two", "", "")),
        ("", ("", "", "", "", "")),
        ("a\nb://c", ("a\nb", "c", "", "", "")),
    ],
)
def test_it_is_split_as_rfc_3986_says(text, parts):
    assert tuple(split_url(text)) == parts
