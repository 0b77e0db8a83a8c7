// What becomes of an answer to "which devices are on this page?": what a person asked for replaces the rows, a
// repetition updates them where they are, and a button offers the order of now.
import { call } from "./api.js";
import { byId } from "./dom.js";

const idsOf = (items) => items.map(({ id }) => id);

/** Return the rows of those of these devices, 200 at most, that exist. */
export async function existing(ids, signal) {
  return ids.length ? (await call("/api/data/rows", { method: "POST", body: { devices: ids }, signal })).items : [];
}

/** Show the answer in a LiveRows; return whether these are the rows of the page now, in this order. */
export async function showRows(rows, items, { isAsked, signal }) {
  const isSame = idsOf(items).join() === rows.shownIds.join();
  const isReplaced = !isSame && (isAsked || !rows.shownIds.length);
  if (isReplaced) await rows.replace(items);
  else await updateInPlace(rows, items, signal);
  byId("order-changed").hidden = isSame || isReplaced;
  return isSame || isReplaced;
}

/** A shown device that the answer does not contain is on another page now, or removed: the server is asked which. */
async function updateInPlace(rows, items, signal) {
  const answered = new Set(idsOf(items));
  const absent = rows.ids.filter((id) => !answered.has(id));
  rows.update(items);
  const elsewhere = await existing(absent, signal);
  const known = new Set(idsOf(elsewhere));
  rows.update(elsewhere);
  rows.remove(absent.filter((id) => !known.has(id)));
}
