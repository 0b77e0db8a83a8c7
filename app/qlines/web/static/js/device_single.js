// The page /devices/<id>: fetches the contents of its cards and keeps them live.
import { call } from "./api.js";
import { byId, showText } from "./dom.js";
import { deviceExport } from "./device_export.js";
import { DeviceHistory } from "./device_history.js";
import { deviceSettings } from "./device_settings.js";
import { DeviceToken } from "./device_token.js";
import { LatestValues, showAttributes, showRejected } from "./device_values.js";
import { refreshTimes } from "./time.js";
import { LiveUpdates } from "./websocket_updates.js";

const REFRESH_MS = 30_000;
const TABLES_MS = 5000;
const id = byId("device").dataset.id;
const path = `/api/devices/${id}`;
const notice = byId("notice");
const values = new LatestValues();
const history = new DeviceHistory(id);
const token = new DeviceToken(id);
let latest = {}; // {key: {ts, value}} of the last fetch

/** Fetch the latest values; return those that are new, in the form of a push. */
async function fetchLatest() {
  const row = await call(`${path}/latest`, { onNotice: (text) => showText(notice, text) });
  values.show(row);
  history.noteNumeric(row.values);
  const newer = Object.entries(row.values).filter(([key, { ts }]) => ts > (latest[key]?.ts ?? 0));
  latest = row.values;
  return Object.fromEntries(newer.map(([key, { ts, value }]) => [key, [[ts, value]]]));
}

/** Fetch what changes rarely: attributes and rejected messages. */
async function fetchTables() {
  const [attributes, rejected] = await Promise.all(["attributes", "rejected"].map((part) => call(`${path}/${part}`)));
  showAttributes(attributes);
  showRejected(rejected);
}

/** Fetch everything on the page; show and throw the error when that fails. */
async function refresh() {
  try {
    await fetchLatest();
    await fetchTables();
    await history.refresh();
  } catch (error) {
    showText(notice, error.message);
    throw error;
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

deviceSettings(id);
deviceExport(id, () => history.selection());
refreshTimes();
new LiveUpdates({ onReadings, refetch }).watch([id]);
call(path).then((device) => token.show(device)).catch((error) => showText(notice, error.message));
refresh().catch(() => {}); // refresh() has shown the error
setInterval(() => document.hidden || refresh().catch(() => {}), REFRESH_MS);
setInterval(() => document.hidden || fetchTables().catch(() => {}), TABLES_MS); // refresh() shows errors
