"""The story of a chart's rules: what is a gap, how long a bucket is, what follows what was fetched.

Point 11 of what a browser must do.
"""

import pytest

from tests.harness.pages import call

MINUTE_MS = 60_000
DAY_MS = 86_400_000
CHART_DATA, CHART_BUCKETS, CHART_SCALE = "chart_data", "chart_buckets", "chart_scale"


@pytest.mark.parametrize("bucket_seconds", [5, 60, 300])
def test_an_outage_is_a_gap_in_line_and_band(modules, bucket_seconds):
    minutes = [0, 60, 120, 180, 1800, 1860, 1920]

    found = call(modules, CHART_DATA, "withGaps", [minutes] * 4, bucket_seconds)

    assert [[at for at, cell in enumerate(column) if cell is None] for column in found] == [
        [], [4], [4], [4],
    ]  # fmt: skip


def test_a_device_that_fills_every_bucket_has_a_gap_after_two_empty_ones(modules):
    times = [0, 60, 120, 250, 310]
    columns = [times, [1] * 5, [2] * 5, [1.5] * 5]

    found = call(modules, CHART_DATA, "withGaps", columns, 60)

    assert found[3] == [1.5, 1.5, 1.5, None, 1.5, 1.5]


def test_an_answer_takes_no_value_away_that_was_pushed_before_it_was_stored(modules):
    found = modules.evaluate("""async () => {
      const { LiveSeries } = await import("/static/js/live_series.js");
      const series = new LiveSeries();
      series.append({t: [[1000, 7], [2000, 8], [99000, 1]]}, {from: 0, to: 9000});
      series.replace({t: [[1000, 7, 7, 7]]}, {from: 0, to: 9000});
      return series.points.t;
    }""")

    assert found == [[1000, 7, 7, 7], [2000, 8, None, None]]


def test_one_late_message_is_no_gap(modules):
    found = call(modules, CHART_DATA, "withGaps", [[0, 60, 180, 240]] * 4, 60)

    assert found == [[0, 60, 180, 240]] * 4


def test_live_values_follow_those_that_were_fetched(modules):
    fetched, live = [[1000, 5, 4, 6]], [[1000, 7], [2000, True], [99_000, 8]]

    found = call(modules, CHART_DATA, "appendPoints", fetched, live, {"from": 0, "to": 9000})

    assert found == [[1000, 5, 4, 6], [2000, True, None, None]]


@pytest.mark.parametrize(
    ("span_ms", "width", "text"),
    [
        (600_000, 1180, "1 s"), (600_000, 300, "2 s"), (DAY_MS, 1180, "2 min"),
        (30 * DAY_MS, 300, "3 h"), (365 * DAY_MS, 1180, "12 h"), (1000, 1180, "1 ms"),
    ],
)  # fmt: skip
def test_a_bucket_has_a_length_that_people_know(modules, span_ms, width, text):
    bucket = call(modules, CHART_BUCKETS, "bucketOf", span_ms, width)

    assert call(modules, CHART_BUCKETS, "lengthText", bucket) == text


def test_buckets_do_not_move_from_one_refresh_to_the_next(modules):
    first, second = (
        call(modules, CHART_BUCKETS, "requestOf", {"from": at, "to": at + 3_600_000}, MINUTE_MS)
        for at in (1_800_000_000_000, 1_800_000_007_000)
    )

    assert first["from"] % MINUTE_MS == second["from"] % MINUTE_MS == 0
    for one in (first, second):
        assert (one["to"] + 1 - one["from"]) / one["points"] == MINUTE_MS


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([500, 4, 6, 8], [252, 4, 6, 7]),
        ([500, None, 6, None], [6]),
        ([500, None, None, 8], []),
    ],
    ids=["lines enter and leave", "gaps at both edges", "a gap over the whole chart"],
)
def test_the_value_axis_spans_what_is_drawn_up_to_the_edges(modules, values, drawn):
    shown = {"min": 10, "max": 50}

    assert call(modules, CHART_SCALE, "drawnValues", [0, 20, 40, 60], values, shown) == drawn


def test_a_line_across_the_chart_without_a_point_in_it_is_spanned_too(open_page, alice):
    page = open_page(alice, f"/devices/{alice.new_device().id}")  # it has uPlot
    data, shown = [[0, 100], [0, 100]], {"min": 20, "max": 80}

    lowest, highest = call(page, CHART_SCALE, "valueRange", data, [1], shown)

    assert lowest <= 20 < 80 <= highest < 100


OFFER = """async () => {
  const { ChartSelection } = await import("/static/js/chart_selection.js");
  const { Displays } = await import("/static/js/displays.js");
  const chosen = new ChartSelection(new Displays({}), () => {});
  chosen.noteLatest({ level: { ts: 2000, value: 1 } });
  chosen.offer(["height"]);
  const keys = chosen.keys();
  chosen.noteLatest({ level: { ts: 1000, value: 2 } });
  return [keys, chosen.lastMs()];
}"""


def test_a_key_stays_whose_value_came_before_it_is_in_the_list_of_keys(open_page, alice):
    page = open_page(alice, f"/devices/{alice.new_device().id}")

    assert page.evaluate(OFFER) == [["level"], 2000]
