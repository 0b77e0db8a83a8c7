// The filters of the list of alarms: statuses that are links, choices, and a chip for each filter that is set.
import { severityWord } from "./alarm_words.js";
import { NO_FILTERS, isFiltered, pageUrl } from "./alarm_list_state.js";
import { call } from "./api.js";
import { byId, make } from "./dom.js";

const SEARCH_AFTER_MS = 250; // without typing
const CHOICES = ["severity", "acknowledged", "rule", "sorted"];
const isPlainClick = (event) => event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
const KINDS = { active: "active alarm", cleared: "cleared alarm", historic: "alarm in the past", all: "alarm" };
const ACKNOWLEDGED = { true: "Acknowledged", false: "Not acknowledged" };

export class AlarmFilters {
  #state;
  #change;
  #names = { rule: {}, device: {} }; // id ▶ name, of the filters that are ids

  /** state() returns the list's, change(part, { isStep }) changes a part of it. */
  constructor(state, change) {
    this.#state = state;
    this.#change = change;
    for (const name of CHOICES) byId(name).addEventListener("change", () => change({ [name]: byId(name).value, page: 1 }));
    byId("empty-clear").addEventListener("click", () => change(NO_FILTERS));
    for (const link of byId("states").children) this.#wireStatus(link);
    this.#wireSearch();
  }

  #wireStatus(link) {
    link.addEventListener("click", (event) => {
      if (!isPlainClick(event)) return;
      event.preventDefault();
      this.#change({ status: link.dataset.status, page: 1 });
    });
  }

  #wireSearch() {
    const search = byId("search");
    let timer = null;
    // The first letters are a step, more of them are not: Back leaves the whole search.
    const find = () => this.#change({ search: search.value.trim(), page: 1 }, { isStep: !this.#state().search });
    search.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(find, SEARCH_AFTER_MS);
    });
    byId("search-form").addEventListener("submit", (event) => event.preventDefault());
  }

  /** Show which filters are set. */
  show() {
    const state = this.#state();
    if (byId("search").value.trim() !== state.search) byId("search").value = state.search;
    for (const name of CHOICES) byId(name).value = state[name];
    for (const link of byId("states").children) this.#markStatus(link, state);
    this.#showChips(state);
  }

  #markStatus(link, state) {
    const isCurrent = link.dataset.status === state.status;
    link.href = pageUrl({ ...state, status: link.dataset.status, page: 1 });
    link.classList.toggle("active", isCurrent);
    if (isCurrent) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }

  #showChips(state) {
    const labels = {
      severity: `Severity: ${severityWord(state.severity)}`,
      acknowledged: ACKNOWLEDGED[state.acknowledged],
      rule: `Rule: ${this.#names.rule[state.rule] ?? "one rule"}`,
      device: `Device: ${this.#names.device[state.device] ?? "one device"}`,
      search: `Search: ${state.search}`,
    };
    const chips = Object.keys(labels).filter((name) => state[name]).map((name) => this.#chip(labels[name], name));
    const clear = make("button", { class: "btn btn-sm btn-ghost-secondary", type: "button", on: { click: () => this.#change(NO_FILTERS) } }, "Clear all");
    byId("chips").hidden = !chips.length;
    byId("chips").replaceChildren(...(chips.length ? [...chips, clear] : []));
  }

  #chip(label, name) {
    const attributes = {
      class: "btn btn-sm qlines-chip", type: "button", "aria-label": `Remove the filter ${label}`,
      on: { click: () => this.#change({ [name]: "", page: 1 }) },
    };
    return make("button", attributes, make("span", {}, label), make("span", { class: "ms-1" }, "×"));
  }

  /** Learn the names of rules and of the device that is chosen; return "none", "off" or "on", see showEmpty(), null when that is unknown. */
  async loadNames() {
    const { device } = this.#state();
    const rules = await call("/api/alarm-rules").catch(() => null); // the list says that the server is away
    this.#names.rule = Object.fromEntries((rules ?? []).map(({ id, name }) => [id, name]));
    this.#offerRules(rules ?? []);
    const found = device ? await call(`/api/devices/${device}`).catch(() => null) : null;
    if (found) this.#names.device[device] = found.name;
    this.show();
    if (!rules) return null;
    return rules.some(({ enabled }) => enabled) ? "on" : rules.length ? "off" : "none";
  }

  #offerRules(rules) {
    const options = rules.map(({ id, name }) => make("option", { value: id }, name));
    const { rule } = this.#state();
    if (rule && !this.#names.rule[rule]) options.push(make("option", { value: rule }, "A rule that was removed"));
    byId("rule").replaceChildren(make("option", { value: "" }, "All rules"), ...options);
  }
}

const EMPTY = {
  on: ["No alarms", "None of the rules that are switched on has an active alarm."],
  off: ["No alarms", "All of your rules are switched off."],
  none: ["No rules yet", "An alarm begins when a rule becomes true, such as “temperature above 80 for 5 minutes”. Make the first one: it takes a minute, and shows at once what it would have found in the last days."],
};

const NONE_OF_STATUS = {
  cleared: "No alarm has ended yet.", historic: "No values that came late have shown that a rule had been true.",
  all: "There has been no alarm yet.",
};

function narrowWords(state) {
  const isStatusOnly = !isFiltered({ ...state, status: NO_FILTERS.status });
  return ["No alarms found", isStatusOnly ? NONE_OF_STATUS[state.status] : `No ${KINDS[state.status]} matches all of the filters above.`];
}

/** Say why the list is empty and what to do, or hide that; *rules* are "none", "off" when none is switched on, or "on". */
export function showEmpty(isEmpty, state, rules) {
  const isNarrow = isFiltered(state);
  const words = isNarrow ? narrowWords(state) : EMPTY[rules];
  [byId("empty-title").textContent, byId("empty-text").textContent] = words;
  byId("empty").hidden = !isEmpty;
  byId("empty-rule").hidden = isNarrow || rules !== "none";
  byId("empty-clear").hidden = !isNarrow;
}
