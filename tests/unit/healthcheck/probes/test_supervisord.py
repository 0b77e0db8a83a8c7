from healthcheck.probes.supervisord import read


def test_it_reads_supervisords_words() -> None:
    found = read(
        [
            {
                "name": "kafka",
                "statename": "FATAL",
                "pid": 0,
                "start": 1_800_000_000,
                "now": 1_800_000_040,
                "exitstatus": 1,
                "spawnerr": "Exited too quickly",
            }
        ],
        now=100.0,
    )

    assert found["kafka"] == ("FATAL", 0, 60.0, 1, "Exited too quickly", False)
