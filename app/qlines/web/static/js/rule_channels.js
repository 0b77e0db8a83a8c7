// Who is sent the messages of a rule: boxes for the channels of the account.
import { call } from "./api.js";
import { byId, make } from "./dom.js";

/** Return the person's channels, [{ id, name }, …]; none when they cannot be fetched, which the form says. */
export async function fetchChannels() {
  try {
    return { channels: await call("/api/channels"), error: "" };
  } catch ({ message }) {
    return { channels: [], error: message };
  }
}

/** Return the name of a channel, with why nothing would arrive there. */
function nameOf({ name, enabled = true, confirmed = true }) {
  if (!enabled) return `${name} (switched off)`;
  return confirmed ? name : `${name} (waits for confirmation)`;
}

/** Boxes of which several can be ticked. */
export class ChannelBoxes {
  #node;
  #chosen = new Set();

  constructor(id) {
    this.#node = byId(id);
  }

  /** Tick these; offer() may come later. */
  choose(ids) {
    this.#chosen = new Set(ids);
    for (const box of this.#node.querySelectorAll("input")) box.checked = this.#chosen.has(box.value);
  }

  /** Offer what fetchChannels() returned. */
  offer({ channels, error }) {
    const known = new Set(channels.map(({ id }) => id));
    // A channel that was removed, or could not be fetched, is not lost by saving.
    const unknown = [...this.#chosen].filter((id) => !known.has(id)).map((id) => ({ id, name: "a channel that is not listed" }));
    const nodes = [...channels, ...unknown].map((channel) => this.#box(channel.id, nameOf(channel)));
    const link = make("a", { href: "/account/notifications" }, "Add a channel");
    const empty = make("p", { class: "text-secondary mb-0" }, error || "There is no channel yet. ", link);
    this.#node.replaceChildren(...(nodes.length ? nodes : [empty]));
  }

  value() {
    return [...this.#chosen];
  }

  #box(id, name) {
    const onChange = ({ target }) => this.#chosen[target.checked ? "add" : "delete"](id);
    const box = make("input", { class: "form-check-input", type: "checkbox", value: id, checked: this.#chosen.has(id), on: { change: onChange } });
    return make("label", { class: "form-check qlines-inline-check" }, box, make("span", { class: "form-check-label qlines-break" }, name));
  }
}
