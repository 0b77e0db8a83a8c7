import select

from qlines.downlink.wake import Wake


def is_woken(wake):
    return bool(select.select([wake], [], [], 0)[0])


def test_who_waits_goes_on_after_set_until_it_is_cleared():
    wake = Wake()
    assert not is_woken(wake)

    wake.set()
    assert is_woken(wake)

    wake.clear()
    assert not is_woken(wake)


def test_so_many_sets_that_the_pipe_is_full_block_nobody():
    wake = Wake()
    for _ in range(100_000):
        wake.set()

    wake.clear()

    assert not is_woken(wake)
