// What became of one command on each of many devices: how many have ended, and a line per device.
import { call } from "./api.js";
import { isOpen, stateSentence } from "./command_words.js";
import { DeviceChanges, MAX_FOLLOWED } from "./device_changes.js";
import { byId, make } from "./dom.js";
import { paced } from "./frames.js";
import { Poller } from "./poller.js";

const POLL_MS = 1000;
const HEARD_MS = 30_000; // while a server says what changes
const MAX_PER_REQUEST = 200;
const GOOD = ["delivered", "answered"];

/** Return the sentence about all: "10 devices: 7 have done it, 2 are waited for, 1 failed." */
export function summary(results, total) {
  const count = (wanted) => results.filter((result) => result.kind === wanted).length;
  const parts = [[count("good"), "done"], [count("open"), "waiting"], [count("bad"), "failed"], [total - results.length, "not sent yet"]];
  return `${total === 1 ? "1 device" : `${total.toLocaleString()} devices`}: ${parts.filter(([number]) => number).map(([number, word]) => `${number} ${word}`).join(", ")}.`;
}

function kindOf(command) {
  if (isOpen(command)) return "open";
  return GOOD.includes(command.state) ? "good" : "bad";
}

export class CommandResults {
  #lines = new Map(); // device id ▶ the node of its result
  #results = new Map(); // device id ▶ { kind, command id }
  #poller = null;
  #run = 0; // rises with each start and stop: what is answered for an earlier run is not shown
  #noteChange = paced(() => this.#poller?.now());
  #changes = new DeviceChanges({ onChanged: ({ what }) => what === "commands" && this.#noteChange(), onLost: () => this.#poller?.now() });

  /** Begin with these devices, {id, name}, of which none has a result; return the run, which note() and follow() name. */
  start(devices) {
    this.stop();
    this.#results.clear();
    this.#lines = new Map(devices.map(({ id }) => [id, make("div", { class: "qlines-break text-secondary" }, "Not sent yet.")]));
    byId("send-results").replaceChildren(...devices.map(({ id, name }) => make("li", { class: "list-group-item" },
      make("a", { class: "qlines-break", href: `/devices/${id}` }, name), this.#lines.get(id))));
    this.#showSummary();
    return this.#run;
  }

  /** Return whether the results of this run are shown. */
  isShown(run) {
    return run === this.#run;
  }

  /** Note what the API has answered for some of them: [{device, number | error}, …]. */
  note(run, sent) {
    if (!this.isShown(run)) return;
    for (const { device, number, error } of sent) {
      const isSent = error === undefined;
      this.#results.set(device, { kind: isSent ? "open" : "bad", id: `${device}-${number}` });
      this.#lines.get(device).textContent = isSent ? "Waiting for the device." : `Not sent: ${error}.`;
    }
    this.#showSummary();
  }

  /** Ask for the states of those that are open, until all have ended. */
  follow(run) {
    if (!this.isShown(run)) return;
    this.#poller = new Poller(() => this.#ask());
    const devices = [...this.#lines.keys()];
    this.#changes.follow(devices.length <= MAX_FOLLOWED ? devices : []);
    this.#poller.now();
  }

  stop() {
    this.#run++;
    this.#poller?.stop();
    this.#changes.follow([]);
  }

  async #ask() {
    const open = [...this.#results.values()].filter(({ kind }) => kind === "open").map(({ id }) => id);
    for (let start = 0; start < open.length; start += MAX_PER_REQUEST) {
      const body = { commands: open.slice(start, start + MAX_PER_REQUEST) };
      const { items } = await call("/api/commands/rows", { method: "POST", body });
      for (const command of items) this.#show(command);
    }
    this.#showSummary();
    const isOver = [...this.#results.values()].every(({ kind }) => kind !== "open");
    if (isOver) return null;
    return this.#changes.isHeard ? HEARD_MS : POLL_MS;
  }

  #show(command) {
    const [line, result] = [this.#lines.get(command.device), this.#results.get(command.device)];
    const shown = JSON.stringify(command);
    if (result?.id !== command.id || result.shown === shown) return; // of another command, asked for before this one
    Object.assign(result, { kind: kindOf(command), shown });
    line.replaceChildren(...stateSentence(command));
  }

  #showSummary() {
    const results = [...this.#results.values()];
    const bar = byId("send-progress");
    bar.max = this.#lines.size;
    bar.value = results.filter(({ kind }) => kind !== "open").length;
    byId("send-text").textContent = summary(results, this.#lines.size);
  }
}
