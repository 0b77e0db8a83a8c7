import os

from healthcheck.probes.supervisord import Watched, read


def test_it_reads_supervisords_words() -> None:
    found = read(
        [
            {
                "name": "kafka",
                "statename": "FATAL",
                "pid": 0,
                "start": 1_800_000_000,
                "exitstatus": 1,
                "spawnerr": "Exited too quickly",
            }
        ]
    )

    assert found["kafka"] == ("FATAL", 0, 1_800_000_000.0, 1, "Exited too quickly")


def test_it_sees_that_a_process_still_runs() -> None:
    watched = Watched()

    watched.remember([os.getpid()])

    assert watched.all_run()
