// The page /devices: a table that the server pages, sorts and filters, and whose cells are live.
import { call } from "./api.js";
import { byId, showText } from "./dom.js";
import { showFailure } from "./failure.js";
import { wireMenus } from "./menu.js";
import { Actions } from "./overview_actions.js";
import { ColumnChoice } from "./overview_column_choice.js";
import { columns, markSorted, narrow } from "./overview_columns.js";
import { Filters } from "./overview_filters.js";
import { showEmpty, showPager } from "./overview_frame.js";
import { LiveRows } from "./overview_live.js";
import { Selection } from "./overview_selection.js";
import { NO_FILTERS, dataUrl, readUrl, writeUrl } from "./overview_state.js";
import { refreshTimes } from "./time.js";
import { showDoneBefore } from "./toast.js";
import { LiveUpdates } from "./websocket_updates.js";

const REFRESH_MS = 30_000;
const SEARCH_AFTER_MS = 250; // without typing
const root = byId("device-table");
const search = byId("search");
const perPage = byId("per-page");
const notice = byId("notice");
let state = readUrl();
let shownIds = [];
let request = null; // the AbortController of the fetch in progress: a newer one replaces it

const selection = new Selection(root, (ids) => actions.showSelected(ids));
const actions = new Actions(selection, () => state, refresh);
const filters = new Filters((part) => {
  change(part);
  filters.refresh();
});
const table = new Tabulator(root, {
  layout: "fitColumns",
  renderVertical: "basic", // a page has at most 200 rows: the page scrolls, not the table
  rowHeight: narrow.matches ? 64 : 44, // fixed, so that live values cause no new measurement
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
  root.setAttribute("aria-busy", "true");
  try {
    await show(await call(dataUrl(state), { signal: request.signal, onNotice: (text) => showText(notice, text) }));
  } catch (error) {
    if (error.name === "AbortError") return;
    showFailure(error, refresh);
    throw error;
  } finally {
    root.setAttribute("aria-busy", "false");
  }
}

async function show({ items, total }) {
  await built;
  const last = Math.max(1, Math.ceil(total / state.per_page));
  if (state.page > last) return change({ page: last }, { isStep: false }); // it no longer exists
  const ids = items.map((item) => item.id);
  if (ids.join() === shownIds.join()) rows.update(items); // same rows: keep focus and selection
  else await table.replaceData(items).then(() => rows.reset(items));
  shownIds = ids;
  root.hidden = total === 0;
  showPager(state, ids.length, total, last);
  showEmpty(total === 0, state);
  markSorted(root, state);
  selection.refresh();
  live.watch(ids);
}

/** Fetch everything on the page again. */
function refresh() {
  load().catch(() => {}); // load() has shown the error
  filters.refresh();
}

/** Change a part of the state, such as {page: 2}, and load; a step is one that Back returns from. */
function change(part, { isStep = true } = {}) {
  state = { ...state, ...part };
  writeUrl(state, { isStep });
  return showState();
}

/** Show the state in the controls and load. */
function showState() {
  if (search.value.trim() !== state.search) search.value = state.search;
  perPage.value = String(state.per_page);
  filters.show(state);
  return load().catch(() => {}); // load() has shown the error
}

function sortBy(field) {
  const order = state.sort === field && state.order === "asc" ? "desc" : "asc";
  change({ sort: field, order, page: 1 });
}

function wireSearch() {
  let timer = null;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    // The first letters are a step, more of them are not: Back leaves the whole search.
    const find = () => change({ search: search.value.trim(), page: 1 }, { isStep: !state.search });
    timer = setTimeout(find, SEARCH_AFTER_MS);
  });
  byId("search-form").addEventListener("submit", (event) => event.preventDefault());
  byId("empty-clear").addEventListener("click", () => change(NO_FILTERS));
}

function wirePager() {
  perPage.addEventListener("change", () => change({ per_page: Number(perPage.value), page: 1 }));
  byId("page-previous").addEventListener("click", () => change({ page: state.page - 1 }));
  byId("page-next").addEventListener("click", () => change({ page: state.page + 1 }));
}

const live = new LiveUpdates({ onReadings: (message) => rows.apply(message), refetch: load });
wireSearch();
wirePager();
wireMenus();
built.then(() => new ColumnChoice(table));
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
