// Which devices a rule is about: one, those with a tag, those of a product, or all.
import { call } from "./api.js";
import { byId, make } from "./dom.js";
import { newestOf } from "./newest_answer.js";

const LISTED = 200;
const SEARCH_AFTER_MS = 250;

const OPTIONS = {
  async device(search) {
    const { items, total } = await call(`/api/devices?${new URLSearchParams({ per_page: LISTED, search })}`);
    return { options: items.map(({ id, name }) => [id, name]), isSearched: total > LISTED || Boolean(search) };
  },
  async tag() {
    const { tags } = await call("/api/data/summary");
    return { options: Object.entries(tags).map(([tag, count]) => [tag, `${tag} (${count})`]), isSearched: false };
  },
  async product() {
    return { options: (await call("/api/products")).map(({ id, name, devices }) => [id, `${name} (${devices})`]), isSearched: false };
  },
};
const EMPTY = { device: "You have no device yet", tag: "None of your devices has a tag yet", product: "You have no product yet" };

export class RuleScope {
  #chosen = { device: "", tag: "", product: "" }; // so that another kind and back loses nothing
  #names = {}; // id ▶ name, of a device that may not be among those that are listed
  #fetch = newestOf(() => OPTIONS[this.#type](byId("scope-search").value.trim()));

  /** onChange() is called after each choice. */
  constructor(onChange) {
    byId("scope-type").addEventListener("change", () => this.#load().then(onChange, onChange));
    byId("scope-value").addEventListener("change", () => {
      this.#chosen[this.#type] = byId("scope-value").value;
      onChange();
    });
    let timer = null;
    byId("scope-search").addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(() => this.#load().then(onChange, onChange), SEARCH_AFTER_MS);
    });
  }

  get #type() {
    return byId("scope-type").value;
  }

  /** Show a scope as the API has it; *name* is the device's. Throw when the list cannot be fetched. */
  async show({ type, value }, name) {
    byId("scope-type").value = type;
    if (type !== "all") this.#chosen[type] = value ?? "";
    if (name) this.#names[value] = name;
    await this.#load();
  }

  /** Return the scope as the API takes it. */
  value() {
    const type = this.#type;
    return type === "all" ? { type } : { type, value: this.#chosen[type] };
  }

  /** Return the name of the device that is chosen, "" for more than one. */
  get deviceName() {
    return this.#type === "device" ? byId("scope-value").selectedOptions[0]?.textContent ?? "" : "";
  }

  async #load() {
    const type = this.#type;
    byId("scope-value").hidden = type === "all";
    byId("scope-search").hidden = true;
    if (type === "all") return;
    const answer = await this.#fetch();
    if (answer === null || type !== this.#type) return;
    byId("scope-search").hidden = !answer.isSearched;
    this.#offer(type, answer.options);
  }

  #offer(type, options) {
    const chosen = this.#chosen[type];
    const own = chosen && !options.some(([value]) => value === chosen) ? [[chosen, this.#names[chosen] ?? chosen]] : [];
    const all = [...own, ...options];
    const nodes = (all.length ? all : [["", EMPTY[type]]]).map(([value, text]) => make("option", { value }, text));
    byId("scope-value").replaceChildren(...nodes);
    byId("scope-value").value = chosen || (all[0]?.[0] ?? "");
    this.#chosen[type] = byId("scope-value").value;
  }
}
