// Gets the commands of a device and their states; command_log.js and control_list.js draw them.
import { call } from "./api.js";
import { isOpen } from "./command_words.js";
import { Poller } from "./poller.js";

const OPEN_MS = 1000; // while a command may change its state
const REST_MS = 10_000; // for what others send
const STEP = 20;
const MAX_SHOWN = 200; // as many as a page of the API

/** Return the command with whether an earlier one keeps it from being sent; the newest are first. */
const withPlace = (command, at, all) => ({ ...command, isBehind: all.slice(at + 1).some(isOpen) });

export class CommandFeed {
  #path;
  #isInOrder;
  #onCommands;
  #onFailure;
  #shown = STEP;
  #items = [];
  #total = 0;
  #changes = 0; // by this page: an answer that was asked for before one does not know of it
  #poller = new Poller(() => this.#ask());

  /**
   * onCommands({items, total, isMore}) gets the newest ones whenever something may have changed.
   * isInOrder() returns whether a command waits until the one before it has ended.
   */
  constructor(deviceId, { isInOrder, onCommands, onFailure }) {
    this.#isInOrder = isInOrder;
    this.#path = `/api/devices/${deviceId}/commands`;
    this.#onCommands = onCommands;
    this.#onFailure = onFailure;
  }

  /** Fetch now; also what is called when a server says that something has changed. */
  refresh() {
    this.#poller.now();
  }

  /** Show twenty older ones too. */
  showOlder() {
    this.#shown = Math.min(MAX_SHOWN, this.#shown + STEP);
    this.refresh();
  }

  /** Send a command; return it as the API does. It is among the commands at once. */
  async send(body) {
    return this.#put(await call(this.#path, { method: "POST", body }));
  }

  /** Cancel an open command; throw ApiError when it has ended. */
  async cancel({ number }) {
    try {
      return this.#put(await call(`${this.#path}/${number}`, { method: "DELETE" }));
    } finally {
      this.refresh();
    }
  }

  #put(command) {
    const others = this.#items.filter(({ id }) => id !== command.id);
    this.#total += others.length === this.#items.length ? 1 : 0;
    this.#changes++;
    this.#take([command, ...others].sort((a, b) => b.number - a.number));
    this.refresh();
    return command;
  }

  #take(items) {
    this.#items = items;
    const isMore = this.#total > items.length && this.#shown < MAX_SHOWN;
    this.#onCommands({ items: this.#isInOrder() ? items.map(withPlace) : items, total: this.#total, isMore });
  }

  async #ask() {
    const before = this.#changes;
    const { items, total } = await this.#fetch();
    if (before === this.#changes) {
      this.#total = total;
      this.#take(items);
    }
    return items.some(isOpen) ? OPEN_MS : REST_MS;
  }

  async #fetch() {
    try {
      return await call(`${this.#path}?per_page=${this.#shown}`);
    } catch (error) {
      this.#onFailure(error);
      throw error;
    }
  }
}
