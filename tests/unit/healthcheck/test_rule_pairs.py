from healthcheck import rule_pairs


def test_pairs_that_are_left_out_are_a_problem():
    [problem] = rule_pairs.problems({"pairs_left_out": 1_200})

    assert "not evaluated for 1,200 pairs" in problem


def test_without_any_or_without_the_evaluator_there_is_none():
    assert rule_pairs.problems({"pairs_left_out": 0}) == []
    assert rule_pairs.problems(None) == []
