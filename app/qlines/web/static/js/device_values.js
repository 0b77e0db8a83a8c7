// The values of a device's page: tiles, latest values, rejected messages.
import { Tiles } from "./device_tiles.js";
import { byId, labelledCell, make } from "./dom.js";
import { isSeenLater } from "./pushed.js";
import { scalarText } from "./rule_scalar.js";
import { nowMs, timeNode } from "./time.js";
import { seenNode, statusBadge, valueText } from "./status.js";

const tableRow = (...cells) => make("tr", {}, ...cells);
const emptyRow = (text, columns) => tableRow(make("td", { colspan: columns, class: "text-secondary" }, text));

function valueRow(key, ts, value, alarmLink) {
  return tableRow(
    make("td", { class: "qlines-key qlines-wide" }, key),
    make("td", { class: "qlines-number" }, valueText(value)),
    make("td", {}, timeNode(ts), make("div", {}, alarmLink)),
  );
}

const withUnit = (value, unit) => (unit ? `${valueText(value)} ${unit}` : valueText(value));

/** The tiles and the table of latest values, and the status in the page's head; updated in place. */
export class LatestValues {
  #body = byId("latest");
  #rows = new Map(); // key ▶ { ts, value, node }
  #status = "";
  #pushedMs = 0; // when readings were pushed last
  #displays;
  #deviceId;
  #tiles;

  constructor(displays, deviceId) {
    this.#displays = displays;
    this.#deviceId = deviceId;
    this.#tiles = new Tiles(displays);
  }

  /** Return the keys of the table. */
  get keys() {
    return [...this.#rows.keys()];
  }

  /** Show the device as the API returns it: {values: {key: {ts, value}}, status, last_seen}. */
  show({ values, status, last_seen: lastSeen }) {
    for (const [key, { ts, value }] of Object.entries(values)) this.#put(key, ts, value);
    if (!this.#rows.size) this.#body.replaceChildren(emptyRow("No values yet. “Send a value” below shows a command.", 3));
    this.#tiles.settle();
    if (!isSeenLater(this.#pushedMs, lastSeen)) this.#showStatus(status, lastSeen);
  }

  /** Add live readings, {key: [[ms, value], …]}, which have just arrived: their own times may be wrong. */
  merge(readings) {
    for (const [key, points] of Object.entries(readings)) this.#put(key, ...points[points.length - 1]);
    this.#pushedMs = nowMs();
    this.#showStatus("online", this.#pushedMs);
  }

  /** Use the labels and units, which have changed. */
  relabel() {
    for (const [key, { value, node }] of this.#rows) {
      node.firstChild.replaceChildren(...this.#keyNodes(key));
      node.children[1].textContent = withUnit(value, this.#displays.unit(key));
    }
    this.#tiles.relabel();
  }

  #put(key, ts, value) {
    const row = this.#rows.get(key);
    if (row && (row.ts > ts || (row.ts === ts && row.value === value))) return;
    if (row) this.#update(key, row, ts, value);
    else this.#add(key, ts, value);
    this.#tiles.put(key, ts, value);
  }

  #add(key, ts, value) {
    const node = valueRow(key, ts, withUnit(value, this.#displays.unit(key)), this.#alarmLink(key));
    node.firstChild.replaceChildren(...this.#keyNodes(key));
    if (!this.#rows.size) this.#body.replaceChildren();
    this.#body.append(node);
    this.#rows.set(key, { ts, value, node });
  }

  #update(key, row, ts, value) {
    if (row.value !== value) row.node.children[1].textContent = withUnit(value, this.#displays.unit(key));
    if (row.ts !== ts) row.node.children[2].firstChild.replaceWith(timeNode(ts));
    Object.assign(row, { ts, value });
  }

  /** The link to a rule about the key, which begins with its value at the moment of the click. */
  #alarmLink(key) {
    const address = (value) => `/alarm-rules/new?${new URLSearchParams({ device: this.#deviceId, key, value })}`;
    const onPress = ({ target }) => (target.href = address(scalarText(this.#rows.get(key).value)));
    const on = { pointerdown: onPress, focus: onPress, click: onPress };
    return make("a", { class: "small text-nowrap", href: address(""), "aria-label": `Alarm when ${key} …`, on }, "Alarm when …");
  }

  /** The label, and below it the key that it stands for. */
  #keyNodes(key) {
    const label = this.#displays.label(key);
    return label === key ? [key] : [label, make("div", { class: "text-secondary small" }, key)];
  }

  #showStatus(status, lastSeen) {
    if (this.#status === `${status} ${lastSeen}`) return;
    this.#status = `${status} ${lastSeen}`;
    byId("device-status").replaceChildren(statusBadge(status));
    byId("device-seen").replaceChildren("Last seen ", seenNode(lastSeen, status));
  }
}

/** Show the rejected messages, [{ts, reason, remedy, topic, payload}, …]. */
export function showRejected(messages) {
  const rows = messages.map((message) => tableRow(
    labelledCell("Time", {}, timeNode(message.ts)),
    labelledCell("Reason", { class: "qlines-wide" }, make("div", {},
      message.reason, make("div", { class: "text-secondary" }, `How to fix: ${message.remedy}`))),
    labelledCell("Topic", { class: "qlines-wide" }, make("code", {}, message.topic)),
    labelledCell("Message", { class: "qlines-wide" }, make("code", {}, message.payload)),
  ));
  byId("rejected").replaceChildren(...(rows.length ? rows : [emptyRow("None. Every message was stored.", 4)]));
}
