// Applies live readings and refreshes to the rows of the overview, coalesced into one update per painted frame.
import { narrow } from "./overview_columns.js";
import { isSeenLater } from "./pushed.js";
import { nowMs } from "./time.js";

/**
 * Return the row with these readings added; a reading that is older than the shown one is ignored. The
 * device is seen now: its own clock, by which the readings are, may be wrong.
 */
export function merged(row, readings) {
  const values = { ...row.values };
  for (const [key, points] of Object.entries(readings)) {
    const [ts, value] = points[points.length - 1];
    if (ts >= (values[key]?.ts ?? 0)) values[key] = { ts, value };
  }
  return { ...row, values, last_seen: nowMs(), status: "online" };
}

/**
 * Return the row that the server has answered, with what the shown row has that is newer: readings are
 * pushed up to a second before an answer contains them.
 */
export function newest(shown, answered) {
  const values = { ...answered.values };
  for (const [key, point] of Object.entries(shown.values)) {
    if (point.ts > (values[key]?.ts ?? 0)) values[key] = point;
  }
  const { last_seen, status } = isSeenLater(shown.last_seen, answered.last_seen) ? shown : answered;
  return { ...answered, values: same(shown.values, values), tags: same(shown.tags, answered.tags), last_seen, status };
}

/** Return what is shown already when it is equal: its nodes keep focus and selection. */
const same = (shown, other) => (JSON.stringify(shown) === JSON.stringify(other) ? shown : other);

/** The rows of a Tabulator table, by device id. */
export class LiveRows {
  #table;
  #rows = new Map();
  #changed = new Set();
  #isScheduled = false;

  constructor(table) {
    this.#table = table;
  }

  /** The ids of all rows, in their order. */
  get shownIds() {
    return [...this.#rows.keys()];
  }

  /** The ids of the rows whose device has not been removed. */
  get ids() {
    return [...this.#rows.values()].filter(({ status }) => status !== "removed").map(({ id }) => id);
  }

  /** Show these rows instead; one that is shown already keeps what it has that is newer. */
  async replace(items) {
    const rows = items.map((item) => (this.#rows.has(item.id) ? newest(this.#rows.get(item.id), item) : item));
    await this.#table.replaceData(rows);
    this.#rows = new Map(rows.map((row) => [row.id, row]));
  }

  /** Update the shown rows to what the server returned; rows that are not shown are left out. */
  update(items) {
    for (const item of items) {
      const shown = this.#rows.get(item.id);
      if (shown) this.#set(item.id, newest(shown, item));
    }
  }

  /** Show that these devices no longer exist; their rows stay where they are. */
  remove(ids) {
    for (const id of ids) this.#set(id, { ...this.#rows.get(id), values: {}, tags: [], status: "removed" });
  }

  /** Add the live readings of one device. */
  apply({ device, values }) {
    const row = this.#rows.get(device);
    if (row && row.status !== "removed") this.#set(device, merged(row, values));
  }

  #set(id, item) {
    this.#rows.set(id, item);
    this.#changed.add(id);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    requestAnimationFrame(() => this.#paint());
  }

  #paint() {
    this.#isScheduled = false;
    for (const id of this.#changed) {
      const row = this.#rows.has(id) && this.#table.getRow(id);
      if (row) paintRow(row, this.#rows.get(id));
    }
    this.#changed.clear();
  }
}

function paintRow(row, item) {
  const isOtherStatus = row.getData().status !== item.status;
  // row.update() redraws the changed cells in place; table.updateData() would drop a page load.
  row.update(item);
  if (isOtherStatus && narrow.matches) row.reformat(); // there the status stands in the cell of the time
}
