// The tables of a device's page: newest values, attributes, messages that could not be stored.
import { byId, make } from "./dom.js";
import { timeNode } from "./time.js";
import { seenNode, statusBadge, valueText } from "./status.js";

const line = (...cells) => make("tr", {}, ...cells);
const nothing = (text, columns) => line(make("td", { colspan: columns, class: "text-secondary" }, text));

function valueLine(key, ts, value) {
  return line(make("td", { class: "qlines-key qlines-wide" }, key), make("td", { class: "qlines-number" }, valueText(value)), make("td", {}, timeNode(ts)));
}

/** Return a view of the newest values: show(row) for all of them, merge(values) for pushed ones. */
export function newestValues() {
  const body = byId("latest");
  const known = new Map(); // key ▶ { ts, value, node }

  function put(key, ts, value) {
    const old = known.get(key);
    if (old && old.ts > ts) return;
    if (!old) {
      const node = valueLine(key, ts, value);
      known.set(key, { ts, value, node });
      if (known.size === 1) body.replaceChildren();
      body.append(node);
      return;
    }
    if (old.value !== value) old.node.children[1].textContent = valueText(value);
    if (old.ts !== ts) old.node.children[2].replaceChildren(timeNode(ts));
    known.set(key, { ts, value, node: old.node });
  }

  return {
    show(row) {
      for (const [key, { ts, value }] of Object.entries(row.values)) put(key, ts, value);
      if (!known.size) body.replaceChildren(nothing("No values yet. “Send a value” below has a command.", 3));
      showStatus(row.status, row.last_seen);
    },
    merge(values) {
      let seen = 0;
      for (const [key, points] of Object.entries(values)) {
        const [ts, value] = points[points.length - 1];
        put(key, ts, value);
        seen = Math.max(seen, ts);
      }
      if (seen) showStatus("online", seen);
    },
  };
}

let shown = "";

function showStatus(status, seen) {
  if (shown === `${status} ${seen}`) return;
  shown = `${status} ${seen}`;
  byId("device-status").replaceChildren(statusBadge(status));
  byId("device-seen").replaceChildren("Last seen ", seenNode(seen, status));
}

export function showAttributes(found) {
  const lines = Object.entries(found).map(([key, { ts, value }]) => valueLine(key, ts, value));
  byId("attributes").replaceChildren(...(lines.length ? lines : [nothing("The device sent none.", 3)]));
}

export function showRejected(found) {
  const lines = found.map((message) => line(
    make("td", {}, timeNode(message.ts)),
    make("td", { class: "qlines-wide" }, message.reason),
    make("td", { class: "qlines-wide" }, make("code", {}, message.topic)),
    make("td", { class: "qlines-wide" }, make("code", {}, message.payload)),
  ));
  byId("rejected").replaceChildren(...(lines.length ? lines : [nothing("None: everything that came was stored.", 4)]));
}
