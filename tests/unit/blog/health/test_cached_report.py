from blog.health.cached_report import CachedReport
from blog.health.probes import ProbeResult, ProbeResults

HEALTHY = ProbeResults(
    ProbeResult(200, "11.8"), ProbeResult(204, ""), {"one": ProbeResult(200, "installed")}, {}, {}
)
NO_DATABASE = HEALTHY._replace(
    mariadb=ProbeResult(0, "gone"), sites={"one": ProbeResult(503, "refused")}
)


class FakeProbes:
    """The results of the next probes, how often they ran, and the time."""

    def __init__(self):
        self.results = NO_DATABASE
        self.runs = 0
        self.time = 1000.0

    def run(self):
        self.runs += 1
        return self.results


def new_report():
    probes = FakeProbes()
    return probes, CachedReport(probes.run, lambda: probes.time)


def test_requests_within_two_seconds_share_one_set_of_probes():
    probes, report = new_report()

    report.document()
    probes.time += 1.9
    report.document()
    assert probes.runs == 1

    probes.time += 0.2
    report.document()
    assert probes.runs == 2


def test_it_reports_since_when_each_status_holds():
    probes, report = new_report()
    probes.results = HEALTHY
    assert report.document()["since"] == 1000.0

    probes.time = 1010.0
    assert report.document()["since"] == 1000.0

    probes.time, probes.results = 1020.0, NO_DATABASE
    document = report.document()
    assert document["status"] == "down"
    assert document["since"] == 1020.0
    assert document["components"][0]["since"] == 1020.0
    assert document["components"][1]["since"] == 1000.0


def test_mariadb_is_starting_for_a_minute_and_has_failed_after_it():
    probes, report = new_report()
    assert report.document()["components"][0]["status"] == "starting"

    probes.time += 61
    assert report.document()["components"][0]["status"] == "failed"


def test_a_mariadb_that_was_ok_once_is_not_starting_again():
    probes, report = new_report()
    probes.results = HEALTHY
    report.document()

    probes.time, probes.results = 1010.0, NO_DATABASE
    assert report.document()["components"][0]["status"] == "failed"
