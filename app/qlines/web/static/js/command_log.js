// The card "Commands": what was sent to the device, newest first, a page at a time, updated in place.
import { PER_PAGE } from "./command_feed.js";
import { answerText, isOpen, shortAnswer, stateWithoutAnswer, stepList, wholeAnswer } from "./command_words.js";
import { byId, labelledCell, make, placeRows, showText } from "./dom.js";
import { secondNode } from "./time.js";

const COLUMNS = 4;
const MAX_PARAMS = 200;

/** Return the params as text for a table, "" for none. */
function paramsText(params) {
  const text = params === null ? "" : JSON.stringify(params);
  return text.length > MAX_PARAMS ? `${text.slice(0, MAX_PARAMS)}…` : text;
}

function answerNodes({ answer }) {
  if (answer === null) return ["–"];
  const whole = wholeAnswer(answer);
  if (!whole) return [answerText(answer)];
  const summary = make("summary", { class: "qlines-summary" }, shortAnswer(answer));
  return [make("details", {}, summary, make("pre", { class: "qlines-answer" }, whole))];
}

/** A row: its cells are filled again only when the command has changed, so that a selection and the focus stay. */
class Row {
  #state = make("div", { tabindex: -1 });
  #answer = labelledCell("Answer", { class: "qlines-wide" });
  #cancel;
  #shown = "";

  constructor(command, onCancel) {
    this.command = command;
    this.#cancel = make("button", {
      class: "btn btn-sm mt-1", type: "button", "aria-label": `Cancel ${command.method}`, on: { click: () => onCancel(this.command) },
    }, "Cancel");
    this.node = make("tr", {},
      labelledCell("Command", { class: "qlines-wide" }, make("div", {}, make("code", {}, command.method), " ", make("code", {}, paramsText(command.params)))),
      labelledCell("State", { class: "qlines-wide" }, make("div", {}, this.#state, this.#cancel)),
      this.#answer,
      labelledCell("Sent by", { class: "qlines-wide" }, make("div", {}, make("div", { class: "qlines-break" }, command.by), secondNode(command.created_at))));
    this.show(command);
  }

  show(command) {
    const text = JSON.stringify(command);
    if (text === this.#shown) return;
    this.#shown = text;
    this.command = command;
    this.#state.replaceChildren(...stateWithoutAnswer(command), stepList(command));
    this.#answer.replaceChildren(make("div", { class: "qlines-break" }, ...answerNodes(command)));
    this.#showCancel(isOpen(command));
  }

  /** The button goes with the open command; the focus that it has must not be lost. */
  #showCancel(isShown) {
    if (!isShown && this.#cancel === document.activeElement) this.#state.focus();
    this.#cancel.hidden = !isShown;
  }
}

/** Let the buttons be pressed, or not; one that cannot be pressed any more gives the focus to the other. */
function enable(...buttons) {
  const other = buttons.find(([button, isOn]) => isOn && button !== document.activeElement)?.[0];
  for (const [button, isOn] of buttons) {
    if (!isOn && button === document.activeElement) other?.focus();
    button.disabled = !isOn;
  }
}

export class CommandLog {
  #body = byId("commands");
  #rows = new Map(); // command id ▶ Row
  #isLoaded = false;
  #onCancel;

  /** onCancel(command) cancels, onTurn(by) shows the page of older ones, 1, or of newer ones, -1. */
  constructor({ onCancel, onTurn }) {
    this.#onCancel = onCancel;
    byId("commands-older").addEventListener("click", () => onTurn(1));
    byId("commands-newer").addEventListener("click", () => onTurn(-1));
  }

  /** Show a page of commands, of so many in total; null for *items* when they are those that are shown. */
  show({ items, page, total }) {
    if (items) this.#showRows(items);
    const first = (page - 1) * PER_PAGE;
    const last = Math.min(total, first + PER_PAGE);
    const isOnePage = total <= PER_PAGE;
    showText(byId("commands-text"), isOnePage ? "" : `${(first + 1).toLocaleString()}–${last.toLocaleString()} of ${total.toLocaleString()}, the newest first`);
    byId("commands-turn").hidden = isOnePage;
    enable([byId("commands-newer"), page > 1], [byId("commands-older"), last < total]);
  }

  #showRows(items) {
    this.#isLoaded = true;
    const rows = items.map((command) => this.#row(command));
    this.#rows = new Map(rows.map((row) => [row.command.id, row]));
    const empty = make("tr", {}, make("td", { colspan: COLUMNS, class: "text-secondary" }, "No commands yet."));
    placeRows(this.#body, rows.length ? rows.map(({ node }) => node) : [empty]);
  }

  /** Show why nothing could be loaded. */
  showFailure({ message }, retry) {
    if (this.#isLoaded) return; // the badge of the page says it
    const again = make("button", { class: "btn btn-sm ms-2", type: "button", on: { click: retry } }, "Try again");
    this.#body.replaceChildren(make("tr", {}, make("td", { colspan: COLUMNS, class: "text-secondary" }, `Not loaded. ${message}`, again)));
  }

  #row(command) {
    const row = this.#rows.get(command.id);
    if (!row) return new Row(command, this.#onCancel);
    row.show(command);
    return row;
  }
}
