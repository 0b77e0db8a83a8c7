from qlines.counter_name import join, split


def test_a_counter_without_labels_is_its_name() -> None:
    assert join("accepted") == "accepted"
    assert split("accepted") == ("accepted", {})


def test_labels_are_written_and_read_as_in_prometheus() -> None:
    text = 'requests{area="page",status="2xx"}'

    assert join("requests", area="page", status="2xx") == text
    assert split(text) == ("requests", {"area": "page", "status": "2xx"})


def test_a_value_may_have_any_character_but_the_quote() -> None:
    assert split('seconds_bucket{le="+Inf"}') == ("seconds_bucket", {"le": "+Inf"})
