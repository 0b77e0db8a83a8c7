// The page /devices: a table that the server pages, sorts and searches, and whose cells are live.
import { call } from "./api.js";
import { byId, showText } from "./dom.js";
import { refreshTimes } from "./time.js";
import { columns, markSorted, narrow } from "./overview_columns.js";
import { showEmpty, showPager } from "./overview_frame.js";
import { dataUrl, readUrl, writeUrl } from "./overview_state.js";
import { LiveRows } from "./overview_live.js";
import { LiveUpdates } from "./websocket_updates.js";

const REFRESH_MS = 30_000;
const SEARCH_AFTER_MS = 250; // without typing
const root = byId("device-table");
const notice = byId("notice");
let state = readUrl();
let shownIds = [];
let request = null; // the AbortController of the fetch in progress: a newer one replaces it

const table = new Tabulator(root, {
  layout: "fitColumns",
  renderVertical: "basic", // a page has at most 200 rows: the page scrolls, not the table
  rowHeight: narrow.matches ? 64 : 44, // fixed, so that live values cause no new measurement
  index: "id",
  columnDefaults: { resizable: false },
  columns: columns(() => state, sortBy),
});
const built = new Promise((resolve) => table.on("tableBuilt", resolve));
const rows = new LiveRows(table);

/** Fetch and show the page of devices; show and throw the error when that fails. */
async function load() {
  request?.abort();
  request = new AbortController();
  root.setAttribute("aria-busy", "true");
  try {
    await show(await call(dataUrl(state), { signal: request.signal, onNotice: (text) => showText(notice, text) }));
  } catch (error) {
    if (error.name === "AbortError") return;
    showText(notice, error.message);
    throw error;
  } finally {
    root.setAttribute("aria-busy", "false");
  }
}

async function show({ items, total }) {
  await built;
  const last = Math.max(1, Math.ceil(total / state.per_page));
  if (state.page > last) return change({ page: last }); // the page in the URL no longer exists
  const ids = items.map((item) => item.id);
  if (ids.join() === shownIds.join()) rows.update(items); // same rows: keep focus and selection
  else await table.replaceData(items);
  rows.reset(items);
  shownIds = ids;
  root.hidden = total === 0;
  showPager(state, ids.length, total, last);
  showEmpty(total === 0, state.search);
  markSorted(root, state);
  live.watch(ids);
}

/** Change a part of the state, such as {page: 2}, and load. */
function change(part) {
  state = { ...state, ...part };
  writeUrl(state);
  return load().catch(() => {}); // load() has shown the error
}

function sortBy(field) {
  const order = state.sort === field && state.order === "asc" ? "desc" : "asc";
  change({ sort: field, order, page: 1 });
}

function wireSearch() {
  const search = byId("search");
  search.value = state.search;
  let timer = null;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(() => change({ search: search.value.trim(), page: 1 }), SEARCH_AFTER_MS);
  });
  byId("search-form").addEventListener("submit", (event) => event.preventDefault());
}

function wirePager() {
  const perPage = byId("per-page");
  perPage.value = String(state.per_page);
  perPage.addEventListener("change", () => change({ per_page: Number(perPage.value), page: 1 }));
  byId("page-previous").addEventListener("click", () => change({ page: state.page - 1 }));
  byId("page-next").addEventListener("click", () => change({ page: state.page + 1 }));
}

function wireEmpty() {
  byId("empty-clear").addEventListener("click", () => {
    byId("search").value = "";
    return change({ search: "", page: 1 });
  });
}

function fitColumns() {
  table.getColumn("status")[narrow.matches ? "hide" : "show"]();
  table.redraw(true);
}

const live = new LiveUpdates({ onReadings: (message) => rows.apply(message), refetch: load });
wireSearch();
wirePager();
wireEmpty();
narrow.addEventListener("change", fitColumns);
built.then(fitColumns);
refreshTimes();
load().catch(() => {});
// For what no reading reports: a device that went offline, or one that was added elsewhere.
setInterval(() => document.hidden || load().catch(() => {}), REFRESH_MS);
