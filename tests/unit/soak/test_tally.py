from tests.soak.faults import FAULTS, in_random_order
from tests.soak.tally import NOT_WHOLE, Audit, Tally


def tally(*audits: Audit, **seconds: list[float]) -> Tally:
    filled = Tally()
    for audit in audits:
        filled.audited(audit)
    for fault, values in seconds.items():
        for value in values:
            filled.recovered(fault, value)
    return filled


def test_a_soak_is_good_when_nothing_was_lost_and_every_fault_was_recovered() -> None:
    assert tally(Audit(1000, 0), kill=[3.0]).is_good
    assert not tally(Audit(1000, 1), kill=[3.0]).is_good
    assert not tally(Audit(1000, 0), kill=[3.0, NOT_WHOLE]).is_good


def test_a_soak_in_which_nothing_was_sent_is_not_good() -> None:
    assert not tally(Audit(0, 0), kill=[3.0]).is_good


def test_the_table_has_a_row_for_each_fault_and_the_totals() -> None:
    filled = tally(Audit(1000, 0), Audit(2000, 2), kill=[3.0, 5.0, 10.0], stop=[NOT_WHOLE])
    filled.used(512.4)
    filled.used(400)

    table = filled.table()

    assert "| kill | 3 | 5 s | 10 s |" in table
    assert "| stop | 1 | never | never |" in table
    assert "acknowledged: 3,000\nlost: 2\nfaults: 4\nlargest memory: 512 MB" in table


def test_every_fault_comes_once_before_any_comes_again() -> None:
    following = in_random_order(7)

    first = [following().name for _ in FAULTS]
    second = [following().name for _ in FAULTS]

    assert sorted(first) == sorted(second) == sorted(fault.name for fault in FAULTS)
    assert len(set(first)) == len(first)
    assert first != second


def test_a_seed_repeats_the_order() -> None:
    one, other = in_random_order(7), in_random_order(7)

    assert [one().name for _ in FAULTS] == [other().name for _ in FAULTS]
