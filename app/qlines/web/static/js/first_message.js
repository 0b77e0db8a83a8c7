// Waits for the first message of a device, and shows until then the nearest cause that the server saw.
import { call } from "./api.js";
import { byId, showText } from "./dom.js";
import { showFailure } from "./failure.js";
import { valueText } from "./status.js";
import { ownValues, showTestValue } from "./test_value.js";
import { exactTime, nowMs, timeNode } from "./time.js";

const POLL_MS = 1000;
const CHECKLIST_AFTER_MS = 30_000;
// A device that has just connected is about to send: too early to say that it is silent.
const SILENT_AFTER_MS = 4000;
const MAX_VALUES = 6;

/** Poll once a second until a value has arrived; a tab in the background asks nothing. */
export async function waitForFirstMessage(deviceId, startedAt = Date.now()) {
  const isReceived = !document.hidden && (await poll(deviceId, Date.now() - startedAt));
  if (!isReceived) setTimeout(() => waitForFirstMessage(deviceId, startedAt), POLL_MS);
}

async function poll(deviceId, elapsedMs) {
  try {
    const onNotice = (text) => showText(byId("notice"), text);
    const message = await call(`/api/devices/${deviceId}/first-message`, { onNotice });
    showTestValue(message.values);
    if (message.state === "received") showReceived(message);
    else showWaiting(message, elapsedMs);
    return message.state === "received";
  } catch (error) {
    showFailure(error, () => window.location.reload());
    return error.status === 404; // removed since
  }
}

function showReceived({ at, values }) {
  const pairs = ownValues(values).slice(0, MAX_VALUES);
  showText(byId("state-title"), "First message received");
  showText(byId("received"), pairs.map(([key, { value }]) => `${key} = ${valueText(value)}`).join(", "));
  byId("elapsed").replaceChildren(exactTime(at));
  for (const id of ["cause", "payload", "checklist", "test"]) byId(id).hidden = true;
  byId("open-device").classList.add("btn-primary");
  byId("add-another").hidden = false;
  document.title = "First message received · QLines";
}

function showWaiting(message, elapsedMs) {
  const isEarly = elapsedMs < CHECKLIST_AFTER_MS;
  byId("elapsed").textContent = `For ${Math.round(elapsedMs / 1000)} s. This page notices by itself.`;
  byId("checklist").hidden = isEarly || message.state !== "nothing";
  showCause(isEarly && isEmptySoFar(message) ? { cause: "" } : message);
}

function isEmptySoFar({ state, at }) {
  return state === "nothing" || (["silent", "left"].includes(state) && nowMs() - at < SILENT_AFTER_MS);
}

let shownCause = "";

/** Show the cause; one that is shown already stays as it is: a screen reader would read it again. */
function showCause({ cause, remedy, at, payload }) {
  if (shownCause === `${cause} ${at}`) return;
  shownCause = `${cause} ${at}`;
  byId("cause").hidden = !cause;
  byId("cause-text").textContent = cause;
  showText(byId("cause-remedy"), remedy ?? "");
  byId("cause-at").replaceChildren(...(at ? [timeNode(at)] : []));
  showText(byId("payload"), payload ?? "");
}
