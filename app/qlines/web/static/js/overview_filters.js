// The filters of the overview: numbers by status that are links, tags, and a chip for each filter set.
import { call } from "./api.js";
import { byId, make } from "./dom.js";
import { newestOf } from "./newest_answer.js";
import { NO_FILTERS, pageUrl } from "./overview_state.js";
import { statusWord } from "./status.js";

const isPlainClick = (event) => event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

/** Return the numbers, and whether they are certain; undefined when there is no answer. */
async function fetchNumbers() {
  let isCertain = true;
  const onNotice = (text) => (isCertain = !text);
  const numbers = await call("/api/data/summary", { onNotice }).catch(() => undefined);
  return numbers && { ...numbers, isCertain };
}

export class Filters {
  #onChange;
  #tagSelect = byId("tag-filter");
  #state = null;
  #fetchNumbers = newestOf(fetchNumbers);

  /** onChange(part) gets the part of the state that a click changes. */
  constructor(onChange) {
    this.#onChange = onChange;
    this.#tagSelect.addEventListener("change", () => onChange({ tag: this.#tagSelect.value, page: 1 }));
  }

  /** Show which filters are set. */
  show(state) {
    this.#state = state;
    byId("chips").replaceChildren(...this.#chips(state));
    for (const link of byId("statuses").children) this.#markCurrent(link);
    this.#showTag();
  }

  /** Fetch and show the numbers; an error is left to the table, which fetches at the same time. */
  async refresh() {
    const summary = await this.#fetchNumbers();
    if (!summary?.isCertain) return;
    this.#showStatuses(summary.statuses);
    this.#showTags(summary.tags);
  }

  #showStatuses(numbers) {
    const total = Object.values(numbers).reduce((sum, number) => sum + number, 0);
    const links = Object.entries(numbers).map(([status, number]) => this.#link(status, statusWord(status), number));
    byId("statuses").replaceChildren(this.#link("", "All", total), ...links);
  }

  #link(status, label, number) {
    const part = { ...NO_FILTERS, status };
    const onClick = (event) => {
      if (!isPlainClick(event)) return;
      event.preventDefault();
      this.#onChange(part);
    };
    const attributes = { class: "btn btn-sm", href: pageUrl(part), "data-status": status, on: { click: onClick } };
    return this.#markCurrent(make("a", attributes, `${label} `, make("strong", { class: "ms-1" }, String(number))));
  }

  #markCurrent(link) {
    const isCurrent = this.#state?.status === link.dataset.status;
    link.classList.toggle("active", isCurrent);
    if (isCurrent) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    return link;
  }

  #showTags(numbers) {
    const options = Object.entries(numbers).map(([tag, number]) => make("option", { value: tag }, `${tag} (${number})`));
    this.#tagSelect.replaceChildren(make("option", { value: "" }, "All tags"), ...options);
    byId("tags-known").replaceChildren(...Object.keys(numbers).map((tag) => make("option", { value: tag })));
    this.#showTag();
  }

  #showTag() {
    const tag = this.#state?.tag ?? "";
    const isKnown = [...this.#tagSelect.options].some((option) => option.value === tag);
    if (!isKnown) this.#tagSelect.append(make("option", { value: tag }, tag));
    this.#tagSelect.value = tag;
    byId("tag-choice").hidden = this.#tagSelect.options.length < 2;
  }

  #chips({ search, status, tag }) {
    const chips = [
      status && this.#chip(`Status: ${statusWord(status)}`, { status: "" }),
      tag && this.#chip(`Tag: ${tag}`, { tag: "" }),
      search && this.#chip(`Search: ${search}`, { search: "" }),
    ].filter(Boolean);
    byId("chips").hidden = !chips.length;
    const clear = make("button", { class: "btn btn-sm btn-ghost-secondary", type: "button", on: { click: () => this.#onChange(NO_FILTERS) } }, "Clear all");
    return chips.length ? [...chips, clear] : [];
  }

  #chip(label, part) {
    const attributes = {
      class: "btn btn-sm qlines-chip", type: "button", "aria-label": `Remove the filter ${label}`,
      on: { click: () => this.#onChange({ ...part, page: 1 }) },
    };
    return make("button", attributes, make("span", {}, label), make("span", { class: "ms-1" }, "×"));
  }
}
