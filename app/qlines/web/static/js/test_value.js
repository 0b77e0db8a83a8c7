// The button "Send a test value": sends as the device would, for a person who has none at hand.
import { call } from "./api.js";
import { whileBusy } from "./busy_button.js";
import { byId } from "./dom.js";
import { valueText } from "./status.js";
import { timeNode } from "./time.js";
import { done, failed } from "./toast.js";

const testKey = () => byId("connect").dataset.testKey;
const believable = () => Math.round(200 + 50 * Math.random()) / 10; // a room's temperature

function send(token) {
  const path = `/api/v1/${encodeURIComponent(token)}/telemetry`;
  return call(path, { method: "POST", body: { [testKey()]: believable() } });
}

/** Wire the button for the device with this token. */
export function wireTestValue(token) {
  const button = byId("test-send");
  button.disabled = false;
  button.addEventListener("click", () => whileBusy(button, () => send(token).then(() => done("A test value is on its way."), failed)));
}

/** Return the newest values but the test's. */
export const ownValues = (values) => Object.entries(values).filter(([key]) => key !== testKey());

/** Show the test value among the newest ones, {key: {ts, value}}, if there is one. */
export function showTestValue(values) {
  const test = values[testKey()];
  if (!test || byId("test-at").firstChild?.dataset.ms === String(test.ts)) return;
  byId("test-value").textContent = `${testKey()} = ${valueText(test.value)}`;
  byId("test-at").replaceChildren(timeNode(test.ts));
  byId("test-received").hidden = false;
}
