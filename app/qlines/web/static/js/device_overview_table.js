// The page /devices: a table that the server pages, sorts and filters, and whose cells are live.
import { call } from "./api.js";
import { byId, showText } from "./dom.js";
import { isUnreachable, showFailure } from "./failure.js";
import { noteList } from "./list_address.js";
import { wireMenus } from "./menu.js";
import { Actions } from "./overview_actions.js";
import { ColumnChoice } from "./overview_column_choice.js";
import { columns, followWidth, markSorted, rowHeight } from "./overview_columns.js";
import { showControls, wireControls } from "./overview_controls.js";
import { Filters } from "./overview_filters.js";
import { focusHeading, showEmpty, showPager } from "./overview_frame.js";
import { LiveRows } from "./overview_live.js";
import { showRows } from "./overview_rows.js";
import { Selection } from "./overview_selection.js";
import { dataUrl, readUrl, writeUrl } from "./overview_state.js";
import { refreshTimes } from "./time.js";
import { showDoneBefore } from "./toast.js";
import { LiveUpdates } from "./websocket_updates.js";

const REFRESH_MS = 30_000;
const root = byId("device-table");
const notice = byId("notice");
let state = readUrl();
let isAsked = true; // by a person, and not answered yet: by the page itself no row changes its place
let request = null; // the AbortController of the fetch in progress: a newer one replaces it

const selection = new Selection(root, (ids) => actions.showSelected(ids));
const actions = new Actions(selection, () => state, ask);
const filters = new Filters((part) => {
  change(part);
  filters.refresh();
});
const table = new Tabulator(root, {
  layout: "fitColumns",
  renderVertical: "basic", // a page has at most 200 rows: the page scrolls, not the table
  rowHeight: rowHeight(), // fixed, so that live values cause no new measurement
  index: "id",
  columnDefaults: { resizable: false },
  columns: columns(() => state, sortBy, selection),
});
const built = new Promise((resolve) => table.on("tableBuilt", resolve));
const rows = new LiveRows(table);

/** Fetch and show the page of devices; show and throw the error when that fails. */
async function load() {
  request?.abort();
  request = new AbortController();
  const { signal } = request;
  root.setAttribute("aria-busy", "true");
  try {
    await show(await call(dataUrl(state), { signal, onNotice: (text) => showText(notice, text) }), signal);
  } catch (error) {
    if (error.name === "AbortError") return;
    if (isAsked || !isUnreachable(error)) showFailure(error, ask); // otherwise the badge says it
    throw error;
  } finally {
    if (request.signal === signal) root.setAttribute("aria-busy", "false");
  }
}

async function show({ items, total }, signal) {
  await built;
  if (signal.aborted) return;
  const last = Math.max(1, Math.ceil(total / state.per_page));
  if (isAsked && state.page > last) return change({ page: last }, { isStep: false }); // it no longer exists
  const how = { isAsked, signal };
  isAsked = false;
  const isPage = await showRows(rows, items, how);
  if (signal.aborted) return;
  if (isPage) showFrame(items.length, total, last);
  live.watch(rows.ids);
}

/** Show what surrounds the rows. */
function showFrame(count, total, last) {
  root.hidden = total === 0;
  showPager(state, count, total, last);
  showEmpty(total === 0, state);
  markSorted(root, state);
  selection.refresh();
}

/** Fetch everything on the page again. */
function refresh() {
  load().catch(() => {}); // load() has shown the error
  filters.refresh();
}

/** Fetch it because a person wants it. */
function ask() {
  isAsked = true;
  refresh();
}

/** Change a part of the state, such as {page: 2}, and load; a step is one that Back returns from. */
function change(part, { isStep = true } = {}) {
  state = { ...state, ...part };
  writeUrl(state, { isStep });
  return showState();
}

/** Show the state in the controls and load. */
function showState() {
  isAsked = true;
  noteList();
  showControls(state);
  filters.show(state);
  return load().catch(() => {}); // load() has shown the error
}

function sortBy(field) {
  const order = state.sort === field && state.order === "asc" ? "desc" : "asc";
  change({ sort: field, order, page: 1 });
}

const live = new LiveUpdates({ onReadings: (message) => rows.apply(message), refetch: load });
wireControls(() => state, change);
wireMenus();
byId("order-changed").addEventListener("click", () => {
  focusHeading(); // the button hides itself, and the focus would be lost
  ask();
});
built.then(() => {
  followWidth(table);
  new ColumnChoice(table);
});
// Tabulator lets its own scroller take the focus, which a grid may not contain; the page scrolls.
built.then(() => root.querySelector(".tabulator-tableholder").removeAttribute("tabindex"));
window.addEventListener("popstate", () => {
  state = readUrl();
  showState();
});
refreshTimes();
showDoneBefore();
showState();
filters.refresh();
// For what no reading reports: a device that went offline, or one that was added elsewhere.
setInterval(() => document.hidden || refresh(), REFRESH_MS);
