// What is done with many devices: add a tag, export, remove.
import { call } from "./api.js";
import { confirmed } from "./confirm.js";
import { byId, showText } from "./dom.js";
import { saveAs } from "./download.js";
import { filtersOf } from "./overview_state.js";
import { parseTags } from "./tags.js";

const MAX_PER_REQUEST = 200;
const FILE = "devices.csv";

const devices = (count) => (count === 1 ? "1 device" : `${count.toLocaleString()} devices`);

/** Send the ids in parts that the API takes; return how many devices were changed. */
async function inParts(path, ids, body = {}) {
  let count = 0;
  for (let start = 0; start < ids.length; start += MAX_PER_REQUEST) {
    const part = { ...body, devices: ids.slice(start, start + MAX_PER_REQUEST) };
    count += (await call(path, { method: "POST", body: part })).count;
  }
  return count;
}

/** Export by parts too: the first line of each is the same header. */
async function exportSelected(ids) {
  const parts = [];
  for (let start = 0; start < ids.length; start += MAX_PER_REQUEST) {
    const body = { devices: ids.slice(start, start + MAX_PER_REQUEST) };
    const text = await call("/api/devices/export", { method: "POST", body });
    parts.push(start ? text.slice(text.indexOf("\n") + 1) : text);
  }
  saveAs(FILE, parts.join(""), "text/csv");
  return `${devices(ids.length)} exported.`;
}

async function addTags(ids, tags) {
  const count = await inParts("/api/devices/tag", ids, { tags });
  byId("bulk-tag").value = "";
  return `Tagged ${devices(count)} with ${tags.join(", ")}.`;
}

async function remove(ids) {
  const text = "Their tokens are refused at once, and their values are no longer shown. This cannot be undone.";
  if (!(await confirmed(`Remove ${devices(ids.length)}?`, text, `Remove ${devices(ids.length)}`))) return "";
  return `${devices(await inParts("/api/devices/remove", ids))} removed.`;
}

export class Actions {
  #selection;
  #reload;

  /** selection has ids and clear(); state() returns the overview's; reload() is called after a change. */
  constructor(selection, state, reload) {
    this.#selection = selection;
    this.#reload = reload;
    this.#wireSelected();
    for (const button of document.querySelectorAll("[data-export]")) {
      button.addEventListener("click", () => this.#show(exportAll(state(), button.dataset.export === "tokens")));
    }
  }

  /** Show the bar while something is selected. */
  showSelected(ids) {
    byId("bulk").hidden = !ids.length;
    byId("bulk-text").textContent = `${ids.length.toLocaleString()} selected`;
  }

  #wireSelected() {
    const selected = this.#selection;
    byId("bulk-form").addEventListener("submit", (event) => {
      event.preventDefault();
      const tags = parseTags(byId("bulk-tag").value);
      if (tags.length) this.#show(addTags(selected.ids, tags), { isChange: true });
    });
    byId("bulk-export").addEventListener("click", () => this.#show(exportSelected(selected.ids)));
    byId("bulk-remove").addEventListener("click", () => this.#show(remove(selected.ids), { isChange: true }));
    byId("bulk-clear").addEventListener("click", () => selected.clear());
  }

  /** Show the sentence that the action returns, or its error; reload after a change. */
  async #show(action, { isChange = false } = {}) {
    try {
      const done = await action;
      showText(byId("done"), done);
      if (isChange && done) this.#selection.clear();
    } catch (error) {
      showText(byId("done"), error.message);
    }
    if (isChange) this.#reload();
  }
}

async function exportAll(state, tokens) {
  const body = { ...filtersOf(state), tokens };
  const text = await call("/api/devices/export", { method: "POST", body });
  saveAs(FILE, text, "text/csv");
  return tokens ? `Saved as ${FILE}, with tokens: who has the file can send as these devices.` : `Saved as ${FILE}.`;
}
