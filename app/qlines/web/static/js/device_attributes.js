// The card "Attributes": what is desired beside what the device reports, updated in place.
import { call } from "./api.js";
import { AttributeDialog } from "./attribute_dialog.js";
import { AttributeRow } from "./attribute_row.js";
import { byId, make, placeRows } from "./dom.js";
import { paced } from "./frames.js";
import { Poller } from "./poller.js";
import { done, failed } from "./toast.js";

const COLUMNS = 4;

/** Return the rows as they are shown, [{key, desired, reported, since}, …]; what is not there is undefined. */
export function pairs({ client, shared, differs }) {
  const keys = [...new Set([...Object.keys(shared), ...Object.keys(client)])].sort((a, b) => a.localeCompare(b));
  return keys.map((key) => ({ key, desired: shared[key], reported: client[key], since: differs[key]?.since }));
}

export class DeviceAttributes {
  #path;
  #onShown;
  #asked = 0; // the number of the last request
  #answered = 0; // and of the last one that was shown
  // Of a page that nobody sees it asks nothing, and at once when it is seen again.
  #poller = new Poller(async () => {
    await this.load();
    return null;
  });
  #rows = new Map(); // key ▶ AttributeRow
  #shared = {}; // as the API returned it last
  #dialog;

  /** Fetch soon, because a server says that something has changed. */
  noteChange = paced(() => this.#poller.now());

  /** onShown(attributes) gets what was fetched, as the API returns it. */
  constructor(deviceId, { onShown }) {
    this.#path = `/api/devices/${deviceId}/attributes`;
    this.#onShown = onShown;
    this.#dialog = new AttributeDialog({ save: (key, value) => this.#save(key, value) });
    byId("attribute-add").addEventListener("click", () => this.#dialog.open({}));
  }

  /** Fetch the attributes, and show them unless a later request was answered before; throw ApiError. */
  async load() {
    const asked = ++this.#asked;
    const attributes = await call(this.#path);
    if (asked < this.#answered) return;
    this.#answered = asked;
    this.#show(attributes);
    this.#onShown(attributes);
  }

  #show(attributes) {
    this.#shared = attributes.shared;
    const rows = pairs(attributes).map((pair) => this.#row(pair));
    this.#rows = new Map(rows.map((row) => [row.key, row]));
    const empty = make("tr", {}, make("td", { colspan: COLUMNS, class: "text-secondary" }, "No attributes yet."));
    placeRows(byId("attributes"), rows.length ? rows.map(({ node }) => node) : [empty]);
  }

  #row(pair) {
    const row = this.#rows.get(pair.key) ?? new AttributeRow(pair.key, {
      onChange: (shown) => this.#dialog.open(shown),
      onDelete: (shown) => this.#delete(shown).catch(failed),
    });
    row.show(pair);
    return row;
  }

  async #save(key, value) {
    const before = this.#shared[key];
    const { changed } = await this.#set(key, value);
    if (!changed.length) return done(`${key} has this desired value already: nothing was changed.`);
    return done(`The desired value of ${key} was set.`, () => (before ? this.#set(key, before.value) : this.#unset(key)));
  }

  async #delete({ key, desired }) {
    await this.#unset(key);
    byId("attribute-add").focus(); // the button may have gone, and the focus with it
    done(`The desired value of ${key} was deleted.`, () => this.#set(key, desired.value));
  }

  #set(key, value) {
    return this.#change("PATCH", "", { [key]: value });
  }

  #unset(key) {
    return this.#change("DELETE", `?key=${encodeURIComponent(key)}`);
  }

  async #change(method, query, body) {
    const answer = await call(`${this.#path}/shared${query}`, { method, body });
    this.#poller.now();
    return answer;
  }
}
