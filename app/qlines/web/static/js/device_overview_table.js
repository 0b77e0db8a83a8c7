// The page /devices: a table whose pages, order and search are the server's, and whose cells are live.
import { call } from "./api.js";
import { byId, showText } from "./dom.js";
import { keepTimesTrue } from "./time.js";
import { columns, markSorted, narrow } from "./overview_columns.js";
import { dataAddress, fromAddress, toAddress } from "./overview_state.js";
import { liveRows } from "./overview_live.js";
import { addDeviceDialog } from "./add_device.js";
import { follow } from "./websocket_updates.js";

const root = byId("device-table");
const notice = byId("notice");
let state = fromAddress();
let total = 0;
let shownIds = [];
let running = null; // the request under way: a newer one makes it void

const table = new Tabulator(root, {
  layout: "fitColumns",
  renderVertical: "basic", // a page is 200 rows at the most: the page scrolls, not the table
  rowHeight: narrow.matches ? 64 : 44, // fixed, so that live values measure nothing anew
  index: "id",
  columnDefaults: { resizable: false },
  columns: columns(() => state, sortBy),
});
const built = new Promise((resolve) => table.on("tableBuilt", resolve));
const rows = liveRows(table);

async function load() {
  running?.abort();
  running = new AbortController();
  root.setAttribute("aria-busy", "true");
  try {
    const data = await call(dataAddress(state), { signal: running.signal, onNotice: (text) => showText(notice, text) });
    await show(data);
  } catch (error) {
    if (error.name === "AbortError") return;
    showText(notice, error.message);
    throw error;
  } finally {
    root.setAttribute("aria-busy", "false");
  }
}

async function show(data) {
  await built;
  const last = Math.max(1, Math.ceil(data.total / state.per_page));
  if (state.page > last) return go({ page: last }); // the page that the address names is gone
  const ids = data.items.map((item) => item.id);
  if (ids.join() === shownIds.join()) rows.replace(data.items); // same rows: keep focus and selection
  else await table.replaceData(data.items);
  rows.keep(data.items);
  shownIds = ids;
  total = data.total;
  showFrame(last);
  live.watch(ids);
}

function showFrame(last) {
  const first = (state.page - 1) * state.per_page + 1;
  byId("page-text").textContent = total ? `${first} to ${first + shownIds.length - 1} of ${total}` : "No devices";
  byId("page-back").disabled = state.page <= 1;
  byId("page-on").disabled = state.page >= last;
  byId("empty").hidden = total > 0;
  root.hidden = total === 0;
  byId("empty-title").textContent = state.search ? "No device is found" : "No devices yet";
  byId("empty-text").textContent = state.search ? `Nothing has “${state.search}” in its name, tags or id.` : "Add the first one: you get a command that sends a first value.";
  byId("empty-action").textContent = state.search ? "Clear the search" : "Add device";
  markSorted(root, state);
}

function go(change) {
  state = { ...state, ...change };
  toAddress(state);
  return load().catch(() => {}); // load() has shown it
}

function sortBy(field) {
  const order = state.sort === field && state.order === "asc" ? "desc" : "asc";
  go({ sort: field, order, page: 1 });
}

function wire() {
  const search = byId("search");
  const perPage = byId("per-page");
  search.value = state.search;
  perPage.value = String(state.per_page);
  let typing = null;
  search.addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(() => go({ search: search.value.trim(), page: 1 }), 250);
  });
  byId("search-form").addEventListener("submit", (event) => event.preventDefault());
  perPage.addEventListener("change", () => go({ per_page: Number(perPage.value), page: 1 }));
  byId("page-back").addEventListener("click", () => go({ page: state.page - 1 }));
  byId("page-on").addEventListener("click", () => go({ page: state.page + 1 }));
  const openDialog = addDeviceDialog(() => go({}));
  byId("add-device").addEventListener("click", openDialog);
  byId("empty-action").addEventListener("click", () => {
    if (!state.search) return openDialog();
    search.value = "";
    return go({ search: "", page: 1 });
  });
  narrow.addEventListener("change", fitColumns);
  built.then(fitColumns);
}

function fitColumns() {
  table.getColumn("status")[narrow.matches ? "hide" : "show"]();
  table.redraw(true);
}

const live = follow({ onReadings: (message) => rows.apply(message), refetch: load });
wire();
keepTimesTrue();
load().catch(() => {});
// What no reading tells: a device that fell silent, one that was added elsewhere.
setInterval(() => document.hidden || load().catch(() => {}), 30_000);
