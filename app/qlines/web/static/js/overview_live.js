// Applies live readings to the rows of the overview, coalesced into one update per painted frame.

/** Return the row with these readings added; a reading that is older than the shown one is ignored. */
export function merged(row, readings) {
  const values = { ...row.values };
  let lastSeen = row.last_seen ?? 0;
  for (const [key, points] of Object.entries(readings)) {
    const [ts, value] = points[points.length - 1];
    if (ts >= (values[key]?.ts ?? 0)) values[key] = { ts, value };
    lastSeen = Math.max(lastSeen, ts);
  }
  return { ...row, values, last_seen: lastSeen, status: "online" };
}

/** The rows of a Tabulator table, by device id. */
export class LiveRows {
  #table;
  #rows = new Map();
  #changed = new Set();
  #isScheduled = false;

  constructor(table) {
    this.#table = table;
  }

  /** Note the rows that the table shows now. */
  reset(items) {
    this.#rows = new Map(items.map((item) => [item.id, item]));
  }

  /** Update every row to what the server returned. */
  update(items) {
    for (const item of items) this.#set(item.id, { ...item, tags: this.#sameTags(item) });
  }

  /** Add the live readings of one device. */
  apply({ device, values }) {
    if (this.#rows.has(device)) this.#set(device, merged(this.#rows.get(device), values));
  }

  /** Return the array of tags that is shown already when it is equal: its links keep the focus. */
  #sameTags({ id, tags }) {
    const shown = this.#rows.get(id)?.tags;
    return shown?.join("\n") === tags.join("\n") ? shown : tags;
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
      // row.update() redraws the changed cells in place; table.updateData() would drop a page load.
      if (row) row.update(this.#rows.get(id));
    }
    this.#changed.clear();
  }
}
