// The page /alarms/<id>: what happened, the chart around it, and what to do about it. It opens from a message on a phone.
import { AlarmActions } from "./alarm_actions.js";
import { AlarmChart } from "./alarm_chart.js";
import { showFacts, showHistory } from "./alarm_facts.js";
import { call } from "./api.js";
import { byId } from "./dom.js";
import { Displays } from "./displays.js";
import { hideFailure, isUnreachable, showFailure } from "./failure.js";
import { paced } from "./frames.js";
import { newestOf } from "./newest_answer.js";
import { socket } from "./page_socket.js";
import { refreshTimes } from "./time.js";
import { LiveUpdates } from "./websocket_updates.js";

const REFRESH_MS = 30_000;
const { id, displays: given, hasDevice, hasRule } = byId("alarm").dataset;
// Those that were removed, or are somebody else's, have no page, and no values to draw.
const pages = { hasDevice: hasDevice !== undefined, hasRule: hasRule !== undefined };
const displays = new Displays(JSON.parse(given));
const chart = new AlarmChart();
const actions = new AlarmActions(id, (alarm) => {
  askAlarm.outdate(); // an answer that is on its way is about the time before
  show(alarm);
  showChart(alarm).catch(() => {});
});
const askAlarm = newestOf(() => call(`/api/alarms/${id}`));
let shown = ""; // what is selected in what has not changed stays selected
let isLoaded = false;

function show(alarm) {
  const text = JSON.stringify(alarm);
  if (text === shown) return;
  shown = text;
  showFacts(alarm, displays, pages);
  showHistory(alarm);
  actions.show(alarm);
}

async function showChart(alarm) {
  if (!pages.hasDevice) return;
  try {
    await chart.show(alarm, displays);
  } catch ({ message }) {
    byId("chart-text").textContent = message;
  }
}

/** Fetch and show everything; show and throw the error when that fails. */
async function refresh() {
  try {
    const alarm = await askAlarm();
    if (alarm === null) return;
    show(alarm);
    hideFailure();
    const isDue = !isLoaded || alarm.status === "active"; // the values around one that is over do not change
    isLoaded = true;
    if (isDue) await showChart(alarm);
  } catch (error) {
    if (!isLoaded || !isUnreachable(error)) showFailure(error, () => refresh().catch(() => {}));
    throw error;
  }
}

const reload = paced(() => refresh().catch(() => {})); // refresh() has shown the error
// Without ids any alarm may have changed.
socket.on("alarms", ({ changed }) => (!changed.length || changed.includes(id)) && reload());
new LiveUpdates({ onReadings: () => {}, refetch: refresh }).watch([]);
setInterval(() => document.hidden || reload(), REFRESH_MS);
refreshTimes();
reload();
