// Follows devices: the server says over the page's socket that their commands or attributes have changed.
import { isGranted, socket } from "./page_socket.js";

export const MAX_FOLLOWED = 200; // as the server takes them

/**
 * What a page follows. onChanged({device, what}) gets each change; what is "commands" or "attributes". The first of each
 * device comes by itself, also after every reconnect: what was missed is fetched then. onLost() is called when
 * changes are no longer said, so that the page asks for them itself.
 */
export class DeviceChanges {
  #ids = [];
  #isHeard = false;
  #onLost;

  constructor({ onChanged, onLost = () => {} }) {
    this.#onLost = onLost;
    socket.on("connect", () => this.#ask());
    socket.on("disconnect", () => this.#lose());
    socket.on("changed", (change) => this.#ids.includes(change.device) && onChanged(change));
  }

  /** Whether changes are said by the server; else the page has to ask. */
  get isHeard() {
    return this.#isHeard;
  }

  /** Follow these devices, at most MAX_FOLLOWED, instead of the ones before. */
  follow(ids) {
    const removed = this.#ids.filter((id) => !ids.includes(id));
    this.#ids = ids;
    this.#isHeard = false;
    if (!socket.connected) return;
    if (removed.length) socket.emit("unfollow", { devices: removed });
    this.#ask();
  }

  async #ask() {
    const ids = this.#ids;
    if (!ids.length) return;
    const isHeard = await isGranted("follow", ids);
    if (ids === this.#ids) this.#isHeard = isHeard && socket.connected;
  }

  #lose() {
    if (!this.#isHeard) return;
    this.#isHeard = false;
    this.#onLost();
  }
}
