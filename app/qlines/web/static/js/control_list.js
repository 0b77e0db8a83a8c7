// The controls in the card "Control", each with what became of it when it was pressed last.
import { isOpen, stateSentence, stepList } from "./command_words.js";
import { controlPart } from "./control_parts.js";
import { commandsOf, pressed } from "./control_sending.js";
import { byId, make } from "./dom.js";
import { failed } from "./toast.js";

const DID_NOT_HAPPEN = ["failed", "expired"];

class ControlCard {
  #control;
  #part;
  #feed;
  #latest;
  #position; // the id of the command that decided where a switch or slider stands
  #shown = "";
  #isSending = false;
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
    this.node = make("form", { class: "qlines-control", "aria-label": control.label, on: { submit: onSubmit } }, ...this.#part.nodes,
      make("div", { class: "qlines-control-state" }, this.#sentence, this.#steps), this.#cancel);
    this.#part.show(undefined);
  }

  /** Show its latest command among these, newest first. */
  show(commands) {
    const own = commandsOf(this.#control, commands);
    const text = JSON.stringify(own[0] ?? null);
    if (text === this.#shown) return;
    this.#shown = text;
    this.#latest = own[0];
    this.#showPosition(own.find(({ state }) => !DID_NOT_HAPPEN.includes(state)));
    this.#showState();
  }

  /** Only when another command decides: a slider that is being moved stays where it is. */
  #showPosition(command) {
    if (this.#position === command?.id) return;
    this.#position = command?.id;
    this.#part.show(command);
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

  constructor(feed) {
    this.#feed = feed;
  }

  /** Show these controls, as the API returns them. */
  show(controls) {
    this.#cards = controls.map((control) => new ControlCard(control, this.#feed));
    byId("controls").replaceChildren(...this.#cards.map(({ node }) => node));
    byId("controls-empty").hidden = controls.length > 0;
    this.showCommands(this.#commands);
  }

  showCommands(commands) {
    this.#commands = commands;
    for (const card of this.#cards) card.show(commands);
  }
}
