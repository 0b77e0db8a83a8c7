// The card "Connection": whether the device is connected by MQTT, since when, and why not.
import { byId, make } from "./dom.js";
import { timeNode } from "./time.js";

function nowNodes({ connected, since, reason, meaning, address }) {
  if (since === null) return ["Never connected by MQTT. A device that sends by HTTP has no connection."];
  if (connected) return ["Connected by MQTT. The connection began ", timeNode(since), address ? ` from ${address}.` : "."];
  return ["Not connected. It was disconnected ", timeNode(since), reason ? `: ${reason}.` : ".",
    meaning && make("div", { class: "text-secondary" }, meaning)];
}

function changeRow({ connected, ts, reason, address }) {
  const text = connected ? `Connected${address && ` from ${address}`}` : `Disconnected${reason && `: ${reason}`}`;
  return make("tr", {}, make("td", {}, timeNode(ts)), make("td", { class: "qlines-wide" }, text));
}

/** Show a presence as the API returns it: { connected, since, reason, meaning, address, changes }. */
export function showPresence(presence) {
  byId("presence").replaceChildren(...nowNodes(presence));
  byId("presence-changes").hidden = !presence.changes.length;
  byId("presence-rows").replaceChildren(...presence.changes.map(changeRow));
}
