// Live readings: pushed over Socket.IO, or fetched once a second while there is no socket.
import { showLive, showLost, showPolled, showSignedOut } from "./live_state.js";
import { isGranted, socket } from "./page_socket.js";
import { whenUnseen } from "./visibility.js";

const POLL_MS = 1000;
const SHOW_LOST_AFTER_MS = 1000; // a shorter interruption is not worth showing
// The pushes begin with what came two seconds before the watch was noticed (qlines/live/records.py). A first connect within
// this time of the page's start has missed nothing; fetching again would only keep the server from the first answers.
const COVERED_MS = 1000;
// A reading that arrived after the page's fetch and before the pushes began is in neither.
const REFETCH_AFTER_WATCH_MS = 1000;

/**
 * The page's watch on its devices.
 *
 * onReadings({device, values: {key: [[ms, value], …]}}) gets each push. refetch(reason) must fetch
 * the page's data and throw when that fails. It is called with
 * - "connect" after every connect but a quick first one: the server keeps no events, so what was missed must be fetched.
 *   A page that nobody sees has no socket; it connects when it is shown again;
 * - "watch" a second after more devices are watched, for what arrived in between;
 * - "poll" once a second while there is no socket.
 */
export class LiveUpdates {
  #onReadings;
  #refetch;
  #watched = null; // ids; null until watch() is called
  #isLive = false;
  #asked = 0; // watches without an acknowledgement yet
  #isSignedOut = false;
  #lostTimer = null;
  #startedAt = performance.now(); // of the page, until it has connected once

  constructor({ onReadings, refetch }) {
    this.#onReadings = onReadings;
    this.#refetch = refetch;
    this.#listen();
    this.#schedulePoll();
    whenUnseen({ onUnseen: () => this.#rest(), onSeen: () => this.#isSignedOut || socket.connect() });
  }

  /** Watch these devices instead of the ones before. */
  async watch(ids) {
    const before = this.#watched ?? [];
    const removed = before.filter((id) => !ids.includes(id));
    this.#watched = ids;
    if (ids.some((id) => !before.includes(id))) setTimeout(() => this.#fetch("watch"), REFETCH_AFTER_WATCH_MS);
    if (!socket.connected) return;
    if (removed.length) socket.emit("unwatch", { devices: removed });
    await this.#becomeLive();
  }

  #listen() {
    socket.on("connect", async () => {
      await this.#becomeLive();
      const isCovered = performance.now() - this.#startedAt < COVERED_MS;
      this.#startedAt = -Infinity;
      if (!isCovered) this.#fetch("connect");
    });
    socket.on("disconnect", (reason) => reason === "io client disconnect" || this.#onLost(reason === "io server disconnect"));
    socket.on("connect_error", (error) => this.#onLost(error.message === "signed out"));
    socket.on("signed-out", () => this.#signOut());
    socket.on("readings", (message) => this.#watched?.includes(message.device) && this.#onReadings(message));
  }

  #fetch(reason) {
    this.#refetch(reason).catch(() => {}); // refetch() has shown the error
  }

  async #becomeLive() {
    const asked = String(this.#watched);
    const isLive = await this.#askToWatch();
    if (asked !== String(this.#watched)) return; // other devices are watched by now, which was asked for too
    this.#isLive = isLive;
    if (!isLive) return;
    this.#forgetLoss();
    showLive();
  }

  /** Close the socket of a page that nobody sees: nothing is lost, so the badge stays as it is. */
  #rest() {
    this.#isLive = false;
    this.#forgetLoss();
    socket.disconnect();
  }

  #forgetLoss() {
    clearTimeout(this.#lostTimer);
    this.#lostTimer = null;
  }

  /** Return whether the server pushes the readings of the watched devices from now on. */
  async #askToWatch() {
    if (this.#watched === null) return false;
    if (!this.#watched.length) return true;
    this.#asked++;
    try {
      return await isGranted("watch", this.#watched);
    } finally {
      this.#asked--;
    }
  }

  #onLost(isSignedOut) {
    if (isSignedOut) return this.#signOut();
    this.#isLive = false;
    this.#lostTimer ??= setTimeout(() => this.#isSignedOut || showLost(), SHOW_LOST_AFTER_MS);
  }

  #signOut() {
    this.#isSignedOut = true;
    socket.disconnect();
    showSignedOut();
  }

  /** Poll once a second for as long as it is needed; a poll starts only after the one before ended. */
  #schedulePoll() {
    setTimeout(async () => {
      if (this.#needsPolling()) await this.#poll();
      this.#schedulePoll();
    }, POLL_MS);
  }

  #needsPolling() {
    return !this.#isLive && !this.#isSignedOut && !document.hidden;
  }

  async #poll() {
    try {
      await this.#refetch("poll");
      if (this.#needsPolling()) showPolled();
      if (this.#needsPolling() && socket.connected && !this.#asked) this.#becomeLive();
    } catch (error) {
      if (error.status === 401) this.#signOut();
      else showLost();
    }
  }
}
