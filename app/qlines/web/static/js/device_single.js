// The page /devices/<id>: fetches the contents of its cards and keeps them live.
import { call } from "./api.js";
import { wireConfirmForms } from "./confirm_forms.js";
import { byId } from "./dom.js";
import { deviceAlarms } from "./device_alarms.js";
import { DeviceAttributes } from "./device_attributes.js";
import { DeviceChanges } from "./device_changes.js";
import { deviceControl } from "./device_control.js";
import { deviceExport } from "./device_export.js";
import { DeviceHistory } from "./device_history.js";
import { deviceLabels } from "./device_labels.js";
import { deviceProduct } from "./device_product.js";
import { showPresence } from "./device_presence.js";
import { deviceSettings } from "./device_settings.js";
import { DeviceToken } from "./device_token.js";
import { LatestValues, showRejected } from "./device_values.js";
import { Displays } from "./displays.js";
import { hideFailure, isUnreachable, showFailure, showNotice } from "./failure.js";
import { listUrl } from "./list_address.js";
import { newestOf } from "./newest_answer.js";
import { refreshTimes } from "./time.js";
import { LiveUpdates } from "./websocket_updates.js";

const REFRESH_MS = 30_000;
const TABLES_MS = 5000;
const id = byId("device").dataset.id;
const path = `/api/devices/${id}`;
const displays = new Displays(JSON.parse(byId("device").dataset.displays));
const values = new LatestValues(displays, id);
const history = new DeviceHistory(id, displays);
const token = new DeviceToken(id);
const changes = new DeviceChanges({
  onChanged: ({ what }) => (what === "commands" ? control.noteChange() : attributes.noteChange()),
  onLost: () => control.refresh(),
});
const attributes = new DeviceAttributes(id, { onShown: ({ client }) => control.showReported(client) });
const control = deviceControl(id, { isHeard: () => changes.isHeard });
const showProduct = deviceProduct(id);
let latest = {}; // {key: {ts, value}} of the last fetch
let isLoaded = false; // once: from then on a fetch only repeats

const askLatest = newestOf(() => call(`${path}/latest`, { onNotice: showNotice }));

/** Fetch the latest values; return those that are new, in the form of a push. */
async function fetchLatest() {
  const row = await askLatest();
  if (row === null) return {};
  values.show(row);
  history.noteLatest(row.values);
  const newer = Object.entries(row.values).filter(([key, { ts }]) => ts > (latest[key]?.ts ?? 0));
  latest = row.values;
  return Object.fromEntries(newer.map(([key, { ts, value }]) => [key, [[ts, value]]]));
}

/** Return a function that fetches a part and shows only what differs: what is selected in a table stays selected. */
function table(part, show) {
  const ask = newestOf(() => call(`${path}/${part}`));
  let last = "";
  return async () => {
    const data = await ask();
    if (data !== null && JSON.stringify(data) !== last) show(data);
    last = data === null ? last : JSON.stringify(data);
  };
}

const loadAlarms = deviceAlarms(id);
const tables = [table("rejected", showRejected), table("presence", showPresence)];

/** Fetch what changes rarely: rejected messages, the connection, and attributes when no server says that they changed. */
async function fetchTables({ withAttributes = !changes.isHeard } = {}) {
  const fetched = tables.map((fetchTable) => fetchTable());
  await Promise.all(withAttributes ? [attributes.load(), ...fetched] : fetched);
}

/** Fetch everything on the page; show and throw the error when that fails. */
async function refresh() {
  const newest = fetchLatest();
  const chart = history.refresh(newest);
  try {
    // The tables come after the chart, which everybody waits for: they would take its turns at the server.
    await Promise.all([newest, chart.catch(() => {}).then(() => Promise.all([loadAlarms(), fetchTables({ withAttributes: true })]))]);
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
// refresh() has shown the error. What is fetched once the device is followed comes after the chart too.
refresh().catch(() => {}).then(() => changes.follow([id]));
new LiveUpdates({ onReadings, refetch }).watch([id]);
loadToken();
setInterval(() => document.hidden || refresh().catch(() => {}), REFRESH_MS);
setInterval(() => document.hidden || fetchTables().catch(() => {}), TABLES_MS); // refresh() shows errors
