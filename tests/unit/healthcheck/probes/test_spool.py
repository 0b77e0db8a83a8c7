from pathlib import Path

from healthcheck.probes.spool import spools, unread_bytes


def test_it_measures_what_kafka_does_not_have_yet(tmp_path: Path) -> None:
    folder = tmp_path / "spool" / "mqtt"
    folder.mkdir(parents=True)
    (folder / "00000000000000000007.seg").write_bytes(b"x" * 100)
    (folder / "00000000000000000008.seg").write_bytes(b"x" * 50)
    (folder / "cursor").write_text("7 60\n")

    found = spools(tmp_path)

    assert found["mqtt"] == (150, 90, 2)
    assert found["http"] == (0, 0, 0)


def test_segments_before_the_cursor_are_read() -> None:
    assert unread_bytes({6: 100, 7: 100}, (7, 100)) == 0


def test_everything_is_unread_without_a_cursor() -> None:
    assert unread_bytes({1: 100, 2: 5}, (0, 0)) == 105
