// Gets the commands of a device and their states; command_log.js and control_list.js draw them.
import { call } from "./api.js";
import { isOpen } from "./command_words.js";
import { paced } from "./frames.js";
import { Poller } from "./poller.js";

// Without the server's word about changes:
const OPEN_MS = 1000; // while a command may change its state
const REST_MS = 10_000; // for what others send
const HEARD_MS = 30_000; // with it: as often as the page fetches everything again
export const PER_PAGE = 50;

export class CommandFeed {
  #path;
  #isInOrder;
  #isHeard;
  #onCommands;
  #onFailure;
  #page = 1;
  #newest = [];
  #firstOpen = null; // the number of the first one that has not ended
  #total = 0;
  #changes = 0; // by this page: an answer that was asked for before one does not know of it
  #poller = new Poller(() => this.#ask());

  /** Fetch soon, because a server says that something has changed. */
  noteChange = paced(() => this.refresh());

  /**
   * onCommands({newest, items, page, total}) gets the newest ones and those of the page that is looked at whenever
   * something may have changed. isInOrder() returns whether a command waits until the one before it has ended,
   * isHeard() whether a server says what changes.
   */
  constructor(deviceId, { isInOrder, isHeard, onCommands, onFailure }) {
    this.#isInOrder = isInOrder;
    this.#isHeard = isHeard;
    this.#path = `/api/devices/${deviceId}/commands`;
    this.#onCommands = onCommands;
    this.#onFailure = onFailure;
  }

  /** Fetch now. */
  refresh() {
    this.#poller.now();
  }

  /** Look at the page of older ones, by 1, or of newer ones, by -1. */
  turn(by) {
    this.#page = Math.max(1, this.#page + by);
    this.#changes++;
    this.refresh();
  }

  /** Send a command; return it as the API does. It is among the commands at once. */
  async send(body) {
    this.#page = 1;
    const command = await call(this.#path, { method: "POST", body });
    if (isOpen(command)) this.#firstOpen ??= command.number;
    return this.#put(command);
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
    const others = this.#newest.filter(({ id }) => id !== command.id);
    const isKnown = others.length < this.#newest.length;
    this.#changes++;
    if (isKnown || command.number > (others[0]?.number ?? 0)) {
      this.#total += isKnown ? 0 : 1;
      const newest = [command, ...others].sort((a, b) => b.number - a.number).slice(0, PER_PAGE);
      this.#take(newest, this.#page === 1 ? newest : null);
    }
    if (!this.#isHeard()) this.refresh(); // else the server says it
    return command;
  }

  /** *items* is null when the page that is looked at has not changed. */
  #take(newest, items) {
    this.#newest = newest;
    const placed = (commands) => commands?.map((command) => ({ ...command, isBehind: this.#isBehind(command) })) ?? null;
    this.#onCommands({ newest: placed(newest), items: placed(items), page: this.#page, total: this.#total });
  }

  /** Return whether an earlier command keeps this one from being sent. */
  #isBehind({ number }) {
    return this.#isInOrder() && this.#firstOpen !== null && number > this.#firstOpen;
  }

  async #ask() {
    const before = this.#changes;
    const [newest, looked] = await this.#fetch();
    if (before !== this.#changes) return 0; // the server may have said before that answer what it lacks: ask again
    this.#total = newest.total;
    this.#firstOpen = newest.first_open;
    this.#take(newest.items, looked.items);
    if (this.#isHeard()) return HEARD_MS;
    return [...newest.items, ...looked.items].some(isOpen) ? OPEN_MS : REST_MS;
  }

  async #fetch() {
    const get = (page) => call(`${this.#path}?per_page=${PER_PAGE}&page=${page}`);
    try {
      const newest = await get(1);
      this.#page = Math.min(this.#page, Math.max(1, Math.ceil(newest.total / PER_PAGE)));
      return [newest, this.#page === 1 ? newest : await get(this.#page)];
    } catch (error) {
      this.#onFailure(error);
      throw error;
    }
  }
}
