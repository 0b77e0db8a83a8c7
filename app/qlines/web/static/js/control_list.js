// The controls in the card "Control", each with what became of it when it was pressed last.
import { isOpen, stateSentence, stepList } from "./command_words.js";
import { controlPart } from "./control_parts.js";
import { hasPosition, findPosition } from "./control_position.js";
import { commandsOf, pressed } from "./control_sending.js";
import { byId, make } from "./dom.js";
import { failed } from "./toast.js";


class ControlCard {
  #control;
  #part;
  #feed;
  #latest;
  #decidedBy; // by which command or report it stands where it does
  #shown = "";
  #isSending = false;
  #position = make("div", { class: "text-secondary qlines-control-position" });
  #sentence = make("div", { role: "status" });
  #steps = make("div");
  #cancel = make("button", { class: "btn btn-sm", type: "button", hidden: true, on: { click: () => this.#cancelLatest() } }, "Cancel");

  constructor(control, feed) {
    this.#control = control;
    this.#feed = feed;
    this.#part = controlPart(control);
    this.#cancel.setAttribute("aria-label", `Cancel ${control.label}`);
    const onSubmit = (event) => {
      event.preventDefault();
      this.#press();
    };
    this.node = make("form", { class: "qlines-control", "aria-label": control.label, on: { submit: onSubmit } }, ...this.#part.nodes, this.#position,
      make("div", { class: "qlines-control-state" }, this.#sentence, this.#steps), this.#cancel);
    this.#part.show(undefined);
    this.#position.hidden = !hasPosition(control.kind);
  }

  /** Show its latest command among these, newest first, and where it stands; *reported* are the device's attributes. */
  show(commands, reported) {
    const own = commandsOf(this.#control, commands);
    if (hasPosition(this.#control.kind)) this.#showPosition(own, reported[this.#control.reported_key]);
    const text = JSON.stringify(own[0] ?? null);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#latest = own[0];
    this.#showState();
  }

  /** Only when something else decides: a slider that is being moved stays where it is. */
  #showPosition(own, reported) {
    const { value, decidedBy, words } = findPosition(this.#control, own, reported);
    this.#position.replaceChildren(...words);
    if (decidedBy === this.#decidedBy || this.node.querySelector("input:active")) return;
    this.#decidedBy = decidedBy;
    this.#part.show(value);
  }

  #showState() {
    const command = this.#latest;
    this.#sentence.replaceChildren(...(command ? stateSentence(command) : []));
    this.#steps.replaceChildren(...(command ? [stepList(command)] : []));
    const isCancellable = command !== undefined && isOpen(command);
    if (!isCancellable && this.#cancel === document.activeElement) this.node.querySelector("button, input").focus();
    this.#cancel.hidden = !isCancellable;
  }

  /** Send; a press before the server has the one before does nothing. */
  async #press() {
    const isSent = !this.#isSending && (await this.#send());
    if (!isSent) this.#part.undo();
  }

  /** Return whether the command was sent, and not declined; show why it failed. */
  async #send() {
    this.#isSending = true;
    try {
      return await pressed(this.#control, this.#part.values(), { latest: this.#latest, send: (body) => this.#feed.send(body) });
    } catch (error) {
      failed(error);
      return false;
    } finally {
      this.#isSending = false;
    }
  }

  #cancelLatest() {
    this.#feed.cancel(this.#latest).catch(failed);
  }
}

export class ControlList {
  #feed;
  #cards = [];
  #commands = [];
  #reported = {};

  constructor(feed) {
    this.#feed = feed;
  }

  /** Show these controls, as the API returns them. */
  show(controls) {
    this.#cards = controls.map((control) => new ControlCard(control, this.#feed));
    byId("controls").replaceChildren(...this.#cards.map(({ node }) => node));
    byId("controls-empty").hidden = controls.length > 0;
    this.#showAll();
  }

  showCommands(commands) {
    this.#commands = commands;
    this.#showAll();
  }

  /** Show what the device reports: {key: {value, since}}. */
  showReported(reported) {
    this.#reported = reported;
    this.#showAll();
  }

  #showAll() {
    for (const card of this.#cards) card.show(this.#commands, this.#reported);
  }
}
