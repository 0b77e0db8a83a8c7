// The page /devices/<id>: fetches what its cards show, and keeps them live.
import { call } from "./api.js";
import { byId, showText } from "./dom.js";
import { deviceExport } from "./device_export.js";
import { deviceHistory } from "./device_history.js";
import { deviceSettings } from "./device_settings.js";
import { deviceToken } from "./device_token.js";
import { newestValues, showAttributes, showRejected } from "./device_values.js";
import { keepTimesTrue } from "./time.js";
import { follow } from "./websocket_updates.js";

const REFRESH_MS = 30_000;
const TABLES_MS = 5000;
const id = byId("device").dataset.id;
const address = `/api/devices/${id}`;
const notice = byId("notice");
const values = newestValues();
const history = deviceHistory(id);
const token = deviceToken(id);
let known = {};

/** Fetch the newest values; return those that are news, as a push would bring them. */
async function latest() {
  const row = await call(`${address}/latest`, { onNotice: (text) => showText(notice, text) });
  values.show(row);
  history.learn(row.values);
  const news = Object.entries(row.values).filter(([key, { ts }]) => ts > (known[key]?.ts ?? 0));
  known = row.values;
  return Object.fromEntries(news.map(([key, { ts, value }]) => [key, [[ts, value]]]));
}

/** Fetch what changes seldom: attributes and rejected messages. */
async function tables() {
  const [attributes, rejected] = await Promise.all(["attributes", "rejected"].map((part) => call(`${address}/${part}`)));
  showAttributes(attributes);
  showRejected(rejected);
}

/** Fetch everything that the page shows; what fails is said above it. */
async function refresh() {
  try {
    await latest();
    await tables();
    await history.refresh();
  } catch (error) {
    showText(notice, error.message);
    throw error;
  }
}

/** After a connect everything may be old; while there is no socket the values are asked for. */
async function refetch(reason) {
  if (reason === "connect") return refresh();
  return history.grow(await latest());
}

function onReadings({ values: pushed }) {
  values.merge(pushed);
  history.grow(pushed);
}

deviceSettings(id);
deviceExport(id, history.shown);
keepTimesTrue();
follow({ onReadings, refetch }).watch([id]);
call(address).then(token.show).catch((error) => showText(notice, error.message));
refresh().catch(() => {}); // refresh() has shown it
setInterval(() => document.hidden || refresh().catch(() => {}), REFRESH_MS);
setInterval(() => document.hidden || tables().catch(() => {}), TABLES_MS); // the other interval says what fails
