import re

import pytest

from qlines.store.clickhouse_migrate import migrations
from qlines.store.clickhouse_variant import (
    AS_WRITTEN,
    CODECS_NOW,
    COMPACT,
    alteration,
    apply,
    codecs_for,
)

NO_CODECS = dict.fromkeys(COMPACT, "")


class Server:
    """Answers what codecs `points` has, and keeps the statements that change it."""

    def __init__(self, codecs):
        self.codecs = codecs
        self.changes = []

    def execute(self, query):
        if query == CODECS_NOW:
            return list(self.codecs.items())
        self.changes.append(query)
        return []


@pytest.mark.parametrize(
    ("version", "codecs"),
    [
        ((18, 16), AS_WRITTEN),
        ((24, 12), AS_WRITTEN),
        ((25, 8), COMPACT),
        ((26, 1), COMPACT),
        ((100, 1), COMPACT),
    ],
)
def test_the_servers_version_chooses_the_codecs(version, codecs):
    assert codecs_for(version) is codecs


def test_a_codec_is_for_each_column_of_points():
    (create,) = [item for item in migrations() if item.name == "0005_points_by_week"]
    columns = re.findall(r"^    (\w+) \w", create.statements[0].split("ENGINE")[0], re.MULTILINE)

    assert list(COMPACT) == columns


def test_a_column_without_a_codec_gets_one():
    assert alteration(COMPACT, {"device": "CODEC(LZ4)", "span": "", "number": ""}) == (
        "ALTER TABLE points MODIFY COLUMN span CODEC(Delta(2), ZSTD(3)),"
        " MODIFY COLUMN number CODEC(Delta(8), ZSTD(3))"
    )


def test_columns_that_have_codecs_keep_them():
    assert alteration(COMPACT, dict.fromkeys(COMPACT, "CODEC(T64, LZ4)")) is None


def test_a_server_that_was_upgraded_gets_the_codecs():
    server = Server(NO_CODECS)

    apply(server, (25, 8))

    assert server.changes == [alteration(COMPACT, NO_CODECS)]


def test_18_16_is_not_changed():
    server = Server(NO_CODECS)

    apply(server, (18, 16))

    assert server.changes == []
