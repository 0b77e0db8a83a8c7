// The live answer of a rule's form: its sentence, what it would have found in the last days, and where it is true now.
import { severityBadge } from "./alarm_words.js";
import { call } from "./api.js";
import { byId, make, showText } from "./dom.js";
import { lengthOfTime } from "./durations.js";
import { missingIn } from "./rule_missing.js";
import { stripNode } from "./rule_strip.js";
import { momentTime, nowMs, zone } from "./time.js";

const AFTER_MS = 700; // without typing
const DAYS = 7;
const DAY_MS = 86_400_000;
const LISTED = 10;
// What may be typed last: it changes nothing that is found.
const LATER = ["name", "channels", "escalation", "reminder_seconds", "cool_down_seconds", "message"];

const plural = (count, word) => `${count.toLocaleString()} ${word}${count === 1 ? "" : "s"}`;

/** Return what a dry run has found, in a sentence. */
export function foundSentence({ raised, longest_seconds: longest, active_now: active, devices, checked, untried }) {
  if (untried) return untried;
  if (devices && !checked) return `It could not be tried: ${devices === 1 ? "the device has" : "the devices have"} sent so much in the last ${DAYS} days that it would have taken too long.`;
  const tried = checked < devices ? ` Only ${checked.toLocaleString()} of ${devices.toLocaleString()} devices were tried: all would have taken too long.` : "";
  if (!raised) return `It would have raised no alarm in the last ${DAYS} days.${tried}`;
  const now = active ? `; it is true now for ${plural(active, "device")}` : "";
  return `It would have raised ${plural(raised, "alarm")} in the last ${DAYS} days, the longest for ${lengthOfTime(longest)}${now}.${tried}`;
}

/** Return why a rule could not be tried. */
export function reasonText({ status, message, problem = {} }) {
  const [first] = problem.errors ?? [];
  if (status !== 422 || !first) return message;
  return first.field === "rule" ? `This rule ${first.reason}.` : `Not complete yet: ${first.reason}.`;
}

function alarmItem({ device, name, severity, from, to }) {
  const lasted = lengthOfTime(((to ?? nowMs()) - from) / 1000);
  const words = ` · ${momentTime(from)} · ${lasted}${to === null ? ", still true" : ""}`;
  return make("li", { class: "qlines-break" }, severityBadge(severity), " ", make("a", { href: `/devices/${device}` }, name), words);
}

export class RulePreview {
  #typed;
  #trueNow;
  #timer = null;
  #isRunning = false;
  #isDue = false; // again, once the answer is there: the server tries one rule at a time

  /** typed() returns the rule as it is typed; *trueNow* is a TrueNow. */
  constructor(typed, trueNow) {
    this.#typed = typed;
    this.#trueNow = trueNow;
    byId("preview-again").addEventListener("click", () => this.#run());
  }

  /** Try the rule once nothing is typed for a moment. */
  soon() {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#run(), AFTER_MS);
  }

  async #run() {
    this.#isDue = this.#isRunning;
    if (this.#isRunning) return;
    this.#isRunning = true;
    byId("preview").setAttribute("aria-busy", "true");
    await this.#ask();
    this.#isRunning = false;
    if (this.#isDue) this.#run();
    else byId("preview").setAttribute("aria-busy", "false");
  }

  async #ask() {
    const typed = this.#typed();
    const missing = missingIn(typed);
    if (missing) return showText(byId("preview-missing"), missing);
    const rule = Object.fromEntries(Object.entries(typed).filter(([field]) => !LATER.includes(field)));
    try {
      const found = await call("/api/alarm-rules/dry-run", { method: "POST", body: { rule } });
      if (!this.#isDue) this.#show(found);
    } catch (error) {
      if (!this.#isDue) this.#showFailure(error);
    }
  }

  #show(found) {
    showText(byId("preview-sentence"), found.sentence);
    showText(byId("preview-found"), foundSentence(found));
    showText(byId("preview-missing"), "");
    byId("preview-again").hidden = true;
    const [to, newest] = [nowMs(), [...found.alarms].sort((a, b) => b.from - a.from)];
    const label = `When it was true in the last ${DAYS} days. The list below says the same.`;
    byId("preview-strip").replaceChildren(stripNode(found.alarms, { from: to - DAYS * DAY_MS, to }, label));
    byId("preview-strip-part").hidden = !found.alarms.length;
    byId("preview-alarms").replaceChildren(...newest.slice(0, LISTED).map(alarmItem));
    const listed = found.raised > LISTED ? `The newest ${Math.min(LISTED, newest.length)} of ${found.raised.toLocaleString()}. ` : "";
    showText(byId("preview-more"), found.alarms.length ? `${listed}Times are in ${zone}.` : "");
    this.#trueNow.show(found.true_now);
  }

  /** What was found before stays: it is about what was typed before. */
  #showFailure(error) {
    showText(byId("preview-missing"), reasonText(error));
    byId("preview-again").hidden = error.status === 422;
  }
}
