// The page /alarms: the list that the server filters and pages, and that is live.
import { acknowledgeAll, acknowledgeOne } from "./alarm_acknowledging.js";
import { AlarmFilters, showEmpty } from "./alarm_filters.js";
import { NO_FILTERS, listUrl, readUrl, writeUrl } from "./alarm_list_state.js";
import { AlarmRows } from "./alarm_rows.js";
import { call } from "./api.js";
import { isAttended } from "./attention.js";
import { byId } from "./dom.js";
import { hideFailure, isUnreachable, showFailure } from "./failure.js";
import { paced } from "./frames.js";
import { Selection } from "./overview_selection.js";
import { socket } from "./page_socket.js";
import { refreshTimes } from "./time.js";
import { done, failed, showDoneBefore } from "./toast.js";
import { LiveUpdates } from "./websocket_updates.js";

const REFRESH_MS = 30_000;
const MAX_FETCHED = 10; // of those that left the list while somebody is busy with it
let state = readUrl();
let isAsked = true; // by a person, and not answered yet
let isLoaded = false;
let rulesAre = "on"; // until it is known
let request = null;

const selection = new Selection(byId("alarm-card"), showSelected);
const rows = new AlarmRows(byId("alarms"), selection, (id) => acknowledge(id).catch(failed));
const filters = new AlarmFilters(() => state, change);

function showSelected(ids) {
  byId("bulk").hidden = !ids.length;
  byId("bulk-text").textContent = ids.length ? `${ids.length.toLocaleString()} selected` : "None selected";
}

/** Fetch and show the page of alarms; show and throw the error when that fails. */
async function load() {
  request?.abort();
  const { signal } = (request = new AbortController());
  try {
    await show(await call(listUrl(state), { signal }), signal);
    hideFailure();
    isLoaded = true;
  } catch (error) {
    if (error.name === "AbortError") return;
    if (!isLoaded || !isUnreachable(error)) showFailure(error, ask); // otherwise the badge says it
    throw error;
  }
}

async function show({ items, total }, signal) {
  const last = Math.max(1, Math.ceil(total / state.per_page));
  if (isAsked && state.page > last) return change({ page: last }, { isStep: false });
  const isPage = mayMove() || (await updateInPlace(items, signal));
  if (isPage) rows.replace(items);
  byId("order-changed").hidden = isPage;
  if (isPage) showFrame(items.length, total, last);
}

/** Return whether rows may move now: somebody asked for that, or nobody is busy with them. */
function mayMove() {
  const isFree = !isAttended() && !selection.ids.length;
  const may = isAsked || isFree || !rows.ids.length;
  isAsked = false;
  return may;
}

/** Update the rows that are shown; return whether the answer may be shown as it is, since no row moves or leaves. */
async function updateInPlace(items, signal) {
  const ids = items.map(({ id }) => id);
  if (ids.join() === rows.ids.join()) return true;
  rows.update(items);
  const absent = rows.ids.filter((id) => !ids.includes(id)).slice(0, MAX_FETCHED);
  const found = await Promise.all(absent.map((id) => call(`/api/alarms/${id}`, { signal }).catch(() => null)));
  rows.update(found.filter(Boolean));
  return false;
}

function showFrame(count, total, last) {
  const first = (state.page - 1) * state.per_page + 1;
  byId("page-text").textContent = total ? `${first} to ${first + count - 1} of ${total}` : "No alarms";
  byId("page-previous").disabled = state.page <= 1;
  byId("page-next").disabled = state.page >= last;
  byId("alarm-table").hidden = !count;
  byId("choice").hidden = !count;
  byId("alarm-table").setAttribute("aria-busy", "false");
  showEmpty(total === 0, state, rulesAre);
  selection.refresh();
}

function ask() {
  isAsked = true;
  return load().catch(() => {}); // load() has shown the error
}

/** Change a part of the state, such as {page: 2}, and load; a step is one that Back returns from. */
function change(part, { isStep = true } = {}) {
  state = { ...state, ...part };
  writeUrl(state, { isStep });
  return showState();
}

function showState() {
  selection.clear();
  filters.show();
  return ask();
}

const nameOf = (id) => {
  const alarm = rows.alarm(id);
  return alarm ? `${alarm.rule_name}, ${alarm.device_name}` : id;
};

async function acknowledge(id) {
  const alarm = await acknowledgeOne(id);
  done(`Acknowledged ${nameOf(id)}.`);
  rows.update([alarm]);
}

async function acknowledgeSelected() {
  const { ids } = selection;
  await acknowledgeAll(ids, nameOf);
  selection.deselect(ids);
  byId("title").focus(); // the button is gone, and the focus would be lost
  await ask();
}

byId("select-all").append(selection.header());
byId("bulk-acknowledge").addEventListener("click", () => acknowledgeSelected().catch(failed));
byId("page-previous").addEventListener("click", () => change({ page: state.page - 1 }));
byId("page-next").addEventListener("click", () => change({ page: state.page + 1 }));
byId("order-changed").addEventListener("click", ask);
window.addEventListener("popstate", () => {
  state = { ...NO_FILTERS, ...readUrl() };
  showState();
});
const reload = paced(() => load().catch(() => {}));
socket.on("alarms", reload);
new LiveUpdates({ onReadings: () => {}, refetch: load }).watch([]);
setInterval(() => document.hidden || reload(), REFRESH_MS);
refreshTimes();
showDoneBefore();
showState();
filters.loadNames().then((known) => {
  rulesAre = known ?? "on";
  if (isLoaded) reload();
});
