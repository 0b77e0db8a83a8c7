"""What healthd reads from files; the programs themselves are probed in the scenarios."""

import os
import time

from blog.health.probes import dump_age

HOUR = 3600.0


def folders(tmp_path):
    """Return /run/qlines and the folder of the dumps, with one site that started a day ago."""
    site = tmp_path / "run" / "sites" / "one"
    site.mkdir(parents=True)
    aged(site / "settings.php", 24 * HOUR)
    (tmp_path / "dumps").mkdir()
    return tmp_path / "run", tmp_path / "dumps"


def aged(file, seconds):
    file.touch()
    os.utime(file, (time.time() - seconds,) * 2)


def test_a_dump_is_as_old_as_its_description(tmp_path):
    run, dumps = folders(tmp_path)
    aged(dumps / "one.json", 2 * HOUR)

    assert round(dump_age(run, dumps, "one") / HOUR) == 2


def test_a_site_that_was_never_dumped_is_late_since_the_start(tmp_path):
    run, dumps = folders(tmp_path)

    assert round(dump_age(run, dumps, "one") / HOUR) == 24


def test_after_a_long_stop_cron_has_time_to_make_the_first_dump(tmp_path):
    run, dumps = folders(tmp_path)
    aged(dumps / "one.json", 240 * HOUR)
    aged(run / "sites" / "one" / "settings.php", 60)

    assert dump_age(run, dumps, "one") < HOUR
