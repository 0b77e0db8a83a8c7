"""harness/picture.py: what is seen as a change of a picture, and what is not."""

import random

import pytest

from tests.harness.picture import MAX_CHANGED, MAX_DIFFERENCE, SQUARE, Place, changed_places

PAPER, CARD = 250, 200


def picture(card_at=2, width=4, noise=0.0):
    """Return the squares of a page with one card, all of them up to *noise* lighter or darker."""
    shades = random.Random(7)
    return [
        [
            (CARD if y in (2, 3) and card_at <= x < card_at + width else PAPER)
            + shades.uniform(-noise, noise)
            for x in range(20)
        ]
        for y in range(8)
    ]


def test_a_card_that_moved_by_one_square_is_seen_at_both_edges():
    changed = changed_places(picture(card_at=2), picture(card_at=3))

    assert changed == [Place(x * SQUARE, y * SQUARE) for y in (2, 3) for x in (2, 6)]


def test_a_missing_card_is_seen():
    assert len(changed_places(picture(), picture(width=0))) == 8


def test_letters_that_are_smoothed_in_another_way_are_no_change():
    assert changed_places(picture(), picture(noise=MAX_DIFFERENCE)) == []


def test_a_few_squares_are_no_change_and_more_are():
    after = picture()
    after[0][:MAX_CHANGED] = [0.0] * MAX_CHANGED
    assert changed_places(picture(), after) == []

    after[0][MAX_CHANGED] = 0.0
    assert len(changed_places(picture(), after)) == MAX_CHANGED + 1


def test_pictures_of_different_sizes_are_refused():
    with pytest.raises(ValueError, match="one size, got \\(8, 20\\) and \\(7, 20\\)"):
        changed_places(picture(), picture()[:-1])
