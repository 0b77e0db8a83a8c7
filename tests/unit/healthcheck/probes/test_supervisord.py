import os
import subprocess

from healthcheck.probes.supervisord import RunningProcesses, read


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
    running = RunningProcesses()

    running.remember([os.getpid()])

    assert running.all_run()


def test_a_process_that_has_ended_before_it_was_remembered_counts_as_ended() -> None:
    ended = subprocess.Popen(["true"])
    ended.wait()
    running = RunningProcesses()

    running.remember([os.getpid(), ended.pid])

    assert not running.all_run()
