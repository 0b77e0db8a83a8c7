// The card "Connection": whether the device is connected by MQTT, since when, and why not.
import { byId, make } from "./dom.js";
import { timeNode } from "./time.js";

// What the broker says (appliance/broker/disconnect_reason.c, store/presence.py) ▶ what it means.
const MEANINGS = {
  "client disconnected": "The device ended the connection itself.",
  "connection closed by the device": "The device closed the connection without a word: it may have restarted.",
  "connection lost": "The network between the device and this server broke.",
  "connection lost in the middle of a packet": "The network broke while the device was sending.",
  "keepalive exceeded": "The device was silent for longer than it had promised: check its power and its network.",
  "packet too large": "The device sent a message that is too large.",
  "protocol error": "The device sent something that is not MQTT.",
  "the broker restarted": "This server restarted. The device should connect again by itself.",
  "its side of the twins is gone": "The server that it was connected to is gone. The device should connect to the other one.",
  "its gateway disconnected": "The gateway that sends for this device is gone.",
};

function nowNodes({ connected, since, reason, address }) {
  if (since === null) return ["Never connected by MQTT. A device that sends by HTTP has no connection."];
  if (connected) return ["Connected by MQTT. The connection began ", timeNode(since), address ? ` from ${address}.` : "."];
  const meaning = MEANINGS[reason] && make("div", { class: "text-secondary" }, MEANINGS[reason]);
  return ["Not connected. It was disconnected ", timeNode(since), reason ? `: ${reason}.` : ".", meaning ?? ""];
}

function changeRow({ connected, ts, reason, address }) {
  const text = connected ? `Connected${address && ` from ${address}`}` : `Disconnected${reason && `: ${reason}`}`;
  return make("tr", {}, make("td", {}, timeNode(ts)), make("td", { class: "qlines-wide" }, text));
}

/** Show a presence as the API returns it: { connected, since, reason, address, changes }. */
export function showPresence(presence) {
  byId("presence").replaceChildren(...nowNodes(presence));
  byId("presence-changes").hidden = !presence.changes.length;
  byId("presence-rows").replaceChildren(...presence.changes.map(changeRow));
}
