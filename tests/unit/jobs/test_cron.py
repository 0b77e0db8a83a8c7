from importlib import import_module

from qlines.jobs import cron, queue


def test_each_regular_job_exists() -> None:
    for regular in cron.SCHEDULE:
        module, _, name = regular.job.rpartition(".")
        assert callable(getattr(import_module(module), name))


def test_each_job_of_the_queue_exists() -> None:
    for job in (queue.EXPORT, queue.CLEAN_EXPORTS, queue.RETENTION, queue.NOTIFICATION):
        module, _, name = job.rpartition(".")
        assert callable(getattr(import_module(module), name))


def test_retention_runs_each_day() -> None:
    assert cron.Regular(queue.RETENTION, 86_400) in cron.SCHEDULE


def test_a_stand_in_carries_the_name_of_its_job() -> None:
    stand_in = cron._named("qlines.jobs.retention.run")

    assert (stand_in.__module__, stand_in.__qualname__) == ("qlines.jobs.retention", "run")
