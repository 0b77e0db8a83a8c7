// The folded part of a rule's form: how it ends, when it holds, how often it is said, and to whom.
import { byId } from "./dom.js";
import { ChannelBoxes, fetchChannels } from "./rule_channels.js";
import { durationPart } from "./rule_parts.js";
import { showSchedule, typedSchedule } from "./rule_schedule.js";

const DURATIONS = {
  keep_for_seconds: "End only after all was well for", lateness_seconds: "Late values count for", cool_down_seconds: "Silence after an alarm",
  reminder_seconds: "Remind every",
};
const DEFAULT_GAP = 600, DEFAULT_ESCALATION = 900;

export class RuleAdvanced {
  #durations = {};
  #gap;
  #escalation;
  #channels = new ChannelBoxes("channels-boxes");
  #escalationChannels = new ChannelBoxes("escalation-boxes");

  constructor() {
    byId("gap-kind").addEventListener("change", () => this.#showParts());
    byId("channels-kind").addEventListener("change", () => this.#showParts());
    byId("escalation-on").addEventListener("change", () => this.#showParts());
    byId("attributes-on").addEventListener("change", () => this.#showParts());
    fetchChannels().then((answer) => [this.#channels, this.#escalationChannels].forEach((boxes) => boxes.offer(answer)));
  }

  /** Show the fields of a rule as the API has them; open it when one of them is set. */
  show(rule, { isOpen, hasAttributes }) {
    for (const [field, label] of Object.entries(DURATIONS)) {
      this.#durations[field] = durationPart(field, label, rule[field]);
      byId(field).replaceChildren(this.#durations[field].node);
    }
    this.#showGap(rule.max_gap_seconds);
    this.#showWho(rule);
    showSchedule(rule.schedule);
    byId("sticky").checked = rule.sticky;
    byId("message").value = rule.message;
    byId("attributes-on").checked = hasAttributes;
    byId("advanced").open = isOpen;
    this.#showParts();
  }

  #showGap(seconds) {
    byId("gap-kind").value = seconds === null ? "auto" : seconds === 0 ? "never" : "time";
    this.#gap = durationPart("max_gap_seconds", "Longest silence", seconds || DEFAULT_GAP);
    byId("gap-time").replaceChildren(this.#gap.node);
  }

  #showWho({ channels, escalation }) {
    byId("channels-kind").value = channels === null ? "default" : channels.length ? "these" : "nobody";
    this.#channels.choose(channels ?? []);
    byId("escalation-on").checked = escalation !== null;
    this.#escalation = durationPart("after_seconds", "Escalate after", escalation?.after_seconds ?? DEFAULT_ESCALATION);
    byId("escalation-time").replaceChildren(this.#escalation.node);
    this.#escalationChannels.choose(escalation?.channels ?? []);
  }

  #showParts() {
    byId("gap-time").hidden = byId("gap-kind").value !== "time";
    byId("channels-boxes").hidden = byId("channels-kind").value !== "these";
    byId("escalation-part").hidden = !byId("escalation-on").checked;
    byId("rule-form").toggleAttribute("data-attributes", byId("attributes-on").checked);
  }

  /** Return the fields as the API takes them. */
  value() {
    const durations = Object.entries(this.#durations).map(([field, part]) => [field, part.value() ?? 0]);
    return {
      ...Object.fromEntries(durations), max_gap_seconds: this.#typedGap(), schedule: typedSchedule(), sticky: byId("sticky").checked,
      message: byId("message").value.trim(), channels: this.#typedChannels(), escalation: this.#typedEscalation(),
    };
  }

  /** Return [{ field, reason }, …] of what the server cannot know to be wrong: nobody ticked, where somebody was meant. */
  get errors() {
    const isEmpty = byId("channels-kind").value === "these" && !this.#channels.value().length;
    const isNobody = byId("escalation-on").checked && !this.#escalationChannels.value().length;
    return [
      ...(isEmpty ? [{ field: "channels", reason: "Tick a channel, or choose “nobody”." }] : []),
      ...(isNobody ? [{ field: "escalation.channels", reason: "Tick a channel." }] : []),
    ];
  }

  #typedGap() {
    const kind = byId("gap-kind").value;
    return kind === "auto" ? null : kind === "never" ? 0 : this.#gap.value() ?? null;
  }

  #typedChannels() {
    const kind = byId("channels-kind").value;
    return kind === "default" ? null : kind === "nobody" ? [] : this.#channels.value();
  }

  #typedEscalation() {
    if (!byId("escalation-on").checked) return null;
    return { after_seconds: this.#escalation.value() ?? 0, channels: this.#escalationChannels.value() };
  }
}
