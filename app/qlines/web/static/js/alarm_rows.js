// The rows of the list of alarms: those that are shown stay where they are, with the focus and what is selected in them.
import { findingOf, isMuted, isWaiting, lastedText, severityBadge, statusBadges } from "./alarm_words.js";
import { labelledCell, make, placeRows } from "./dom.js";
import { timeNode } from "./time.js";

const deviceLink = ({ device, device_name: name }) => make("a", { href: `/devices/${device}` }, name);

function titleNodes(alarm) {
  const link = make("a", { class: "fw-bold", href: `/alarms/${alarm.id}` }, alarm.rule_name);
  return make("div", { class: "qlines-break" }, link, make("div", { class: "text-secondary" }, findingOf(alarm)));
}

function sinceNodes(alarm) {
  const lasted = alarm.status === "active" ? "" : `for ${lastedText(alarm)}`;
  return make("div", {}, timeNode(alarm.started), make("div", { class: "text-secondary" }, lasted));
}

// What a cell shows, and which facts decide that: only a cell whose facts have changed is drawn again.
const CELLS = [
  ["Severity", {}, ({ severity }) => severity, ({ severity }) => severityBadge(severity)],
  ["Alarm", { class: "qlines-key qlines-wide" }, ({ rule_name, title }) => [rule_name, title], titleNodes],
  ["Device", { class: "qlines-wide" }, ({ device_name }) => device_name, deviceLink],
  ["Since", {}, ({ started, ended }) => [started, ended], sinceNodes],
  ["State", {}, (alarm) => [alarm.status, alarm.acknowledged, isMuted(alarm)], statusBadges],
];
const FIRST = 1; // the checkbox is before them
const nameOf = ({ rule_name: rule, device_name: device }) => `${rule}, ${device}`;

export class AlarmRows {
  #body;
  #selection;
  #acknowledge;
  #rows = new Map(); // id ▶ { node, alarm }

  /** acknowledge(id) is called when the button of a row is pressed. */
  constructor(body, selection, acknowledge) {
    this.#body = body;
    this.#selection = selection;
    this.#acknowledge = acknowledge;
  }

  /** The ids of the rows, in their order. */
  get ids() {
    return [...this.#rows.keys()];
  }

  /** Return what a row shows. */
  alarm(id) {
    return this.#rows.get(id)?.alarm;
  }

  /** Show exactly these alarms, in this order. */
  replace(alarms) {
    const before = this.#rows;
    this.#rows = new Map(alarms.map((alarm) => [alarm.id, before.get(alarm.id) ?? this.#newRow(alarm)]));
    this.update(alarms);
    placeRows(this.#body, [...this.#rows.values()].map(({ node }) => node));
  }

  /** Show what has changed in the rows that are shown. */
  update(alarms) {
    for (const alarm of alarms) if (this.#rows.has(alarm.id)) this.#updateRow(this.#rows.get(alarm.id), alarm);
  }

  #newRow(alarm) {
    const box = this.#selection.cell({ id: alarm.id, name: nameOf(alarm) });
    const cells = CELLS.map(([label, look, , nodeOf]) => labelledCell(label, look, nodeOf(alarm)));
    const node = make("tr", {}, make("td", {}, box), ...cells, make("td", { class: "qlines-actions qlines-thumb-cell" }, this.#button(alarm)));
    return { node, alarm };
  }

  #updateRow(row, alarm) {
    CELLS.forEach(([, , facts, nodeOf], i) => {
      const isSame = JSON.stringify(facts(row.alarm)) === JSON.stringify(facts(alarm));
      if (!isSame) row.node.children[FIRST + i].replaceChildren(nodeOf(alarm));
    });
    if (isWaiting(row.alarm) !== isWaiting(alarm)) this.#showButton(row, alarm);
    row.alarm = alarm;
  }

  #showButton({ node }, alarm) {
    const hadFocus = node.lastChild.contains(document.activeElement);
    node.lastChild.replaceChildren(...[this.#button(alarm)].filter(Boolean));
    if (hadFocus) node.querySelector("a").focus(); // the button is gone, and the focus would be lost
  }

  #button(alarm) {
    if (!isWaiting(alarm)) return null;
    const attributes = {
      class: "btn btn-primary qlines-thumb-button", type: "button", "aria-label": `Acknowledge ${nameOf(alarm)}`,
      on: { click: () => this.#acknowledge(alarm.id) },
    };
    return make("button", attributes, "Acknowledge");
  }
}
