// The form of a rule as a whole: fills it, and returns what it says as the API takes it.
import { byId } from "./dom.js";
import { RuleAdvanced } from "./rule_advanced.js";
import { fetchScopeKeys } from "./rule_keys.js";
import { Levels } from "./rule_levels.js";
import { missingFields } from "./rule_missing.js";
import { usesAttributes } from "./rule_parts.js";
import { RuleScope } from "./rule_scope.js";
import { newestOf } from "./newest_answer.js";

const FIRST_LEVEL = { severity: "major", match: "all", for_seconds: 0, conditions: [{ kind: "above", key: "" }] };
const ADVANCED = {
  keep_for_seconds: 0, max_gap_seconds: null, lateness_seconds: 60, schedule: null, sticky: false, cool_down_seconds: 0,
  message: "", channels: null, reminder_seconds: 0, escalation: null,
};

/** A rule that nobody has typed anything of. */
export const NEW_RULE = { name: "", enabled: true, scope: { type: "all" }, levels: [FIRST_LEVEL], ...ADVANCED };

/** Return the fields of a rule that the form is about, of a rule as the API returns it. */
export const fieldsOf = (rule) => Object.fromEntries(Object.keys(NEW_RULE).map((name) => [name, rule[name] ?? NEW_RULE[name]]));

const isChanged = (rule) => Object.entries(ADVANCED).some(([name, value]) => JSON.stringify(rule[name]) !== JSON.stringify(value));

export class RuleForm {
  #levels = new Levels();
  #advanced = new RuleAdvanced();
  #scope = new RuleScope(() => this.#changeScope());
  #onChange;
  #fetchKeys = newestOf(() => fetchScopeKeys(this.#scope.value()));

  /** onChange() is called after each change. */
  constructor(onChange) {
    this.#onChange = onChange;
    for (const event of ["input", "change"]) byId("rule-form").addEventListener(event, onChange);
  }

  /** Show a rule, with the fields of NEW_RULE; *deviceName* names the device of its scope. Throw when lists cannot be fetched. */
  async show(rule, deviceName = "") {
    byId("name").value = rule.name;
    byId("enabled").checked = rule.enabled;
    this.#levels.show(rule.levels);
    const hasAttributes = usesAttributes(rule.levels);
    this.#advanced.show(rule, { isOpen: hasAttributes || isChanged(rule), hasAttributes });
    await this.#scope.show(rule.scope, deviceName);
    await this.#offerKeys();
  }

  /** Return the rule as the API takes it. */
  value() {
    return {
      name: byId("name").value.trim(), enabled: byId("enabled").checked, scope: this.#scope.value(), levels: this.#levels.value(),
      ...this.#advanced.value(),
    };
  }

  /** What keeps the rule from being saved before the server is asked, [{ field, reason }, …]. */
  get errors() {
    return [...missingFields(this.value()), ...this.#advanced.errors];
  }

  /** The levels in the order of the API, to find the field of an error. */
  get levels() {
    return this.#levels.ordered;
  }

  async #changeScope() {
    this.#onChange();
    await this.#offerKeys().catch(() => {}); // a key can be typed, too
  }

  async #offerKeys() {
    const keys = await this.#fetchKeys();
    if (keys !== null) this.#levels.offer(keys);
  }
}
