// Waits for the first value of a new device and shows what the server has received so far.
import { call } from "./api.js";
import { valueText } from "./status.js";

const POLL_MS = 1000;
const HINT_AFTER_SECONDS = 30;
const HINT = " Nothing yet. Check that the command ran without an error and that this host can reach the address in it.";

/**
 * Poll once a second and show the progress in the element, until a value or a rejected message has
 * arrived or isShown() returns false.
 */
export function waitForFirstValue(deviceId, node, isShown, startedAt = Date.now()) {
  const seconds = Math.round((Date.now() - startedAt) / 1000);
  node.textContent = `Waiting for the first value, ${seconds} s.${seconds < HINT_AFTER_SECONDS ? "" : HINT}`;
  setTimeout(async () => {
    if (!isShown()) return;
    try {
      const text = await received(deviceId);
      if (text) {
        node.textContent = text;
        return;
      }
    } catch (error) {
      node.textContent = error.message;
    }
    waitForFirstValue(deviceId, node, isShown, startedAt);
  }, POLL_MS);
}

/** Return a sentence about the first value or the rejected message, "" while nothing has arrived. */
async function received(deviceId) {
  const latest = await call(`/api/devices/${deviceId}/latest`);
  const [first] = Object.entries(latest.values);
  if (first) return `Received: ${first[0]} = ${valueText(first[1].value)}`;
  const [rejected] = await call(`/api/devices/${deviceId}/rejected`);
  return rejected ? `A message arrived but could not be stored: ${rejected.reason}` : "";
}
