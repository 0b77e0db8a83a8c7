// The page /devices/<id>: fetches the contents of its cards and keeps them live.
import { call } from "./api.js";
import { wireConfirmForms } from "./confirm_forms.js";
import { byId } from "./dom.js";
import { deviceExport } from "./device_export.js";
import { DeviceHistory } from "./device_history.js";
import { deviceLabels } from "./device_labels.js";
import { deviceProduct } from "./device_product.js";
import { showPresence } from "./device_presence.js";
import { deviceSettings } from "./device_settings.js";
import { DeviceToken } from "./device_token.js";
import { LatestValues, showAttributes, showRejected } from "./device_values.js";
import { Displays } from "./displays.js";
import { hideFailure, isUnreachable, showFailure, showNotice } from "./failure.js";
import { listUrl } from "./list_address.js";
import { refreshTimes } from "./time.js";
import { LiveUpdates } from "./websocket_updates.js";

const REFRESH_MS = 30_000;
const TABLES_MS = 5000;
const id = byId("device").dataset.id;
const path = `/api/devices/${id}`;
const displays = new Displays(JSON.parse(byId("device").dataset.displays));
const values = new LatestValues(displays);
const history = new DeviceHistory(id, displays);
const token = new DeviceToken(id);
const showProduct = deviceProduct(id);
let latest = {}; // {key: {ts, value}} of the last fetch
let isLoaded = false; // once: from then on a fetch only repeats

/** Fetch the latest values; return those that are new, in the form of a push. */
async function fetchLatest() {
  const row = await call(`${path}/latest`, { onNotice: showNotice });
  values.show(row);
  history.noteLatest(row.values);
  const newer = Object.entries(row.values).filter(([key, { ts }]) => ts > (latest[key]?.ts ?? 0));
  latest = row.values;
  return Object.fromEntries(newer.map(([key, { ts, value }]) => [key, [[ts, value]]]));
}

/** Return a function that shows only data that differs: what is selected in a table stays selected. */
function whenChanged(show) {
  let last = "";
  return (data) => {
    if (JSON.stringify(data) !== last) show(data);
    last = JSON.stringify(data);
  };
}

const tables = {
  attributes: whenChanged(showAttributes), rejected: whenChanged(showRejected), presence: whenChanged(showPresence),
};

/** Fetch what changes rarely: attributes, rejected messages and the connection. */
async function fetchTables() {
  await Promise.all(Object.entries(tables).map(async ([part, show]) => show(await call(`${path}/${part}`))));
}

/** Fetch everything on the page; show and throw the error when that fails. */
async function refresh() {
  const newest = fetchLatest();
  const chart = history.refresh(newest);
  try {
    // The tables come after the chart, which everybody waits for: they would take its turns at the server.
    await Promise.all([newest, chart.catch(() => {}).then(fetchTables)]);
    hideFailure();
    isLoaded = true;
  } catch (error) {
    // Otherwise the badge says it.
    if (!isLoaded || !isUnreachable(error)) showFailure(error, () => refresh().catch(() => {}));
    throw error;
  }
  await chart; // its card has shown why it failed
}

async function loadToken() {
  try {
    const device = await call(path);
    token.show(device);
    showProduct(device);
  } catch (error) {
    showFailure(error, loadToken);
  }
}

/** After a connect everything may be outdated; while there is no socket only the values are polled. */
async function refetch(reason) {
  if (reason === "connect") return refresh();
  return history.append(await fetchLatest());
}

function onReadings({ values: readings }) {
  values.merge(readings);
  history.append(readings);
}

byId("to-list").href = listUrl();
deviceSettings(id);
deviceLabels(id, displays, {
  keys: () => values.keys,
  onSaved: () => [values, history].forEach((shown) => shown.relabel()),
});
deviceExport(id, () => history.selection());
refreshTimes();
wireConfirmForms();
refresh().catch(() => {}); // refresh() has shown the error
new LiveUpdates({ onReadings, refetch }).watch([id]);
loadToken();
setInterval(() => document.hidden || refresh().catch(() => {}), REFRESH_MS);
setInterval(() => document.hidden || fetchTables().catch(() => {}), TABLES_MS); // refresh() shows errors
