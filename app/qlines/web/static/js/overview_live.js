// Applies live readings to the rows of the overview, at most once for each frame that is painted.

/** Return the row with these readings added; values that are older than the shown ones change nothing. */
export function merged(row, readings) {
  const values = { ...row.values };
  let seen = row.last_seen ?? 0;
  for (const [key, points] of Object.entries(readings)) {
    const [ts, value] = points[points.length - 1];
    if (ts >= (values[key]?.ts ?? 0)) values[key] = { ts, value };
    seen = Math.max(seen, ts);
  }
  return { ...row, values, last_seen: seen, status: "online" };
}

export function liveRows(table) {
  const current = new Map();
  const changed = new Set();
  let isPlanned = false;

  function paint() {
    isPlanned = false;
    for (const id of changed) {
      const row = current.has(id) && table.getRow(id);
      // row.update() redraws the changed cells in place; table.updateData() would drop a page load.
      if (row) row.update(current.get(id));
    }
    changed.clear();
  }

  function plan(id) {
    changed.add(id);
    if (isPlanned) return;
    isPlanned = true;
    requestAnimationFrame(paint);
  }

  return {
    /** Take these rows for what the table shows now. */
    keep(items) {
      current.clear();
      for (const item of items) current.set(item.id, item);
    },
    /** Update every row to what the server says. */
    replace(items) {
      for (const item of items) {
        current.set(item.id, item);
        plan(item.id);
      }
    },
    /** Add one device's pushed readings. */
    apply({ device, values }) {
      if (!current.has(device)) return;
      current.set(device, merged(current.get(device), values));
      plan(device);
    },
  };
}
