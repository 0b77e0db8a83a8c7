"""How long the evaluator waits for readings."""


def test_an_alarm_that_is_to_be_stored_does_not_wait_for_the_next_reading(hot):
    hot.send(81)
    hot.evaluator.run_once()
    assert hot.events == [("raised", "critical")]

    hot.clock.advance(0.02)
    hot.send(70)
    hot.evaluator.run_once()
    assert len(hot.events) == 1, "two commits are 100 ms apart at least"
    hot.evaluator.run_once()

    assert hot.kafka.waits_ms[-3:] == [250, 250, 80]
