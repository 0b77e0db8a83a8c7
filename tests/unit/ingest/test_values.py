from qlines.ingest.values import checked


def test_it_returns_the_same_values_when_nothing_has_to_change():
    values = {"a": 1, "b": 2.5, "c": True}
    checked(values, b"")

    again, problems = checked(values, b"")

    assert again is values
    assert problems == []
