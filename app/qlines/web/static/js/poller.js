// Asks again and again: never twice at once, less often after errors, and not at all while nobody sees the page.

const FIRST_DELAY_MS = 1000; // after an error; each further one doubles it
const MAX_DELAY_MS = 30_000;
const FINAL = [401, 403, 404]; // signed out, or what was asked for is gone: it does not come back by itself

export class Poller {
  #ask;
  #timer = null;
  #isAsking = false;
  #isAskedAgain = false;
  #failures = 0;
  #isStopped = false;

  /** ask() returns in how many milliseconds to ask again, null for never; what it throws it has shown. */
  constructor(ask) {
    this.#ask = ask;
    document.addEventListener("visibilitychange", () => document.hidden || this.now());
  }

  /** Ask now, or once the answer that is awaited has come. */
  now() {
    clearTimeout(this.#timer);
    this.#isAskedAgain = this.#isAsking;
    if (!this.#isAsking && !this.#isStopped && !document.hidden) this.#turn();
  }

  stop() {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #turn() {
    this.#isAsking = true;
    const delayMs = await this.#delayAfterAsking();
    this.#isAsking = false;
    if (this.#isAskedAgain) this.now();
    else if (delayMs !== null && !this.#isStopped) this.#timer = setTimeout(() => this.now(), delayMs);
  }

  async #delayAfterAsking() {
    try {
      const delayMs = await this.#ask();
      this.#failures = 0;
      return delayMs;
    } catch (error) {
      if (FINAL.includes(error.status)) return null;
      return Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** this.#failures++);
    }
  }
}
