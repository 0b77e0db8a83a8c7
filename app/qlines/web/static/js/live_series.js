// The series of the chart: what was fetched, and the readings that were pushed since.
import { appendPoints } from "./chart_data.js";

const MAX_PUSHED = 1000; // for each key: more than a device sends in the seconds until its readings are stored

/** Return the readings by time, each once: after a reconnect some are pushed again. */
function inOrder(readings) {
  const sorted = [...readings].sort(([a], [b]) => a - b);
  return sorted.filter(([ms], i) => !i || ms > sorted[i - 1][0]);
}

export class LiveSeries {
  /** {key: [[ms, mean, lowest, highest], …]}, oldest first. */
  points = {};
  #pushed = {}; // {key: [[ms, value], …]}

  /** Append readings, {key: [[ms, value], …]}, those within the span { from, to }. */
  append(readings, span) {
    for (const [key, added] of Object.entries(readings)) {
      this.#pushed[key] = inOrder([...(this.#pushed[key] ?? []), ...added]).slice(-MAX_PUSHED);
      this.points[key] = appendPoints(this.points[key] ?? [], added, span);
    }
  }

  /** Show what was fetched; it lacks the readings of its last second, which were pushed and are not stored yet. */
  replace(fetched, span) {
    const joined = Object.entries(fetched).map(([key, points]) => [key, appendPoints(points, this.#pushed[key] ?? [], span)]);
    this.points = Object.fromEntries(joined);
  }
}
