// What is done with many devices: add a tag, export, remove.
import { call } from "./api.js";
import { confirmed } from "./confirm.js";
import { byId } from "./dom.js";
import { saveAs } from "./download.js";
import { CommandDialog } from "./overview_command.js";
import { filtersOf } from "./overview_state.js";
import { parseTags } from "./tags.js";
import { done, failed } from "./toast.js";

const MAX_PER_REQUEST = 200;
const FILE = "devices.csv";

const devices = (count) => (count === 1 ? "1 device" : `${count.toLocaleString()} devices`);

/** Do action(ids, rows) with the selected devices that exist; forget those that were removed elsewhere, and say how many. */
async function withExisting(selection, action) {
  const chosen = selection.ids; // what is selected after the click is not meant
  const rows = await withoutGone(selection, chosen);
  const ids = rows.map(({ id }) => id);
  const gone = chosen.length - ids.length;
  const text = gone ? `${devices(gone)} had been removed already.` : "";
  if (!ids.length) return { text };
  const outcome = await action(ids, rows);
  return outcome && { ...outcome, text: `${outcome.text} ${text}`.trim() };
}

/** Deselect those of the devices that no longer exist; return the rows of the others. */
async function withoutGone(selection, ids) {
  const rows = (await inParts("/api/data/rows", ids)).flatMap(({ items }) => items);
  const known = new Set(rows.map(({ id }) => id));
  selection.deselect(ids.filter((id) => !known.has(id)));
  return rows;
}

/** Send the ids in parts that the API takes; return the answer to each. */
async function inParts(path, ids, body = {}) {
  const answers = [];
  for (let start = 0; start < ids.length; start += MAX_PER_REQUEST) {
    const part = { ...body, devices: ids.slice(start, start + MAX_PER_REQUEST) };
    answers.push(await call(path, { method: "POST", body: part }));
  }
  return answers;
}

const total = (answers) => answers.reduce((sum, { count }) => sum + count, 0);

/** Export by parts too: the first line of each is the same header. */
async function exportSelected(ids) {
  const texts = await inParts("/api/devices/export", ids);
  saveAs(FILE, texts.map((text, part) => (part ? text.slice(text.indexOf("\n") + 1) : text)).join(""), "text/csv");
  return { text: `${devices(ids.length)} exported.` };
}

async function addTags(ids, tags) {
  const answers = await inParts("/api/devices/tag", ids, { tags });
  byId("bulk-tag").value = "";
  return { text: `Tagged ${devices(total(answers))} with ${tags.join(", ")}.`, undo: () => takeTags(answers) };
}

/** Take each tag from the devices that did not have it before. */
async function takeTags(answers) {
  for (const [tag, ids] of answers.flatMap(({ added }) => Object.entries(added))) {
    await inParts("/api/devices/untag", ids, { tags: [tag] });
  }
}

async function remove(ids) {
  const [count, text] = [devices(ids.length), "Their tokens are refused at once, and their values are no longer shown. This cannot be undone."];
  if (!(await confirmed(`Remove ${count}?`, text, `Remove ${count}`, String(ids.length)))) return null;
  return { text: `${devices(total(await inParts("/api/devices/remove", ids)))} removed.` };
}

export class Actions {
  #commandDialog = new CommandDialog();
  #selection;
  #reload;

  /** selection has ids, deselect(ids) and clear(); state() returns the overview's; reload() is called after a change. */
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
      if (tags.length) this.#show(withExisting(selected, (ids) => addTags(ids, tags)), { isChange: true });
    });
    byId("bulk-command").addEventListener("click", () => this.#show(withExisting(selected, (_ids, rows) => this.#commandDialog.open(rows))));
    byId("bulk-export").addEventListener("click", () => this.#show(withExisting(selected, exportSelected)));
    byId("bulk-remove").addEventListener("click", () => this.#show(withExisting(selected, remove), { isChange: true }));
    byId("bulk-clear").addEventListener("click", () => selected.clear());
  }

  /** Show what the action has done, { text, undo }, null for nothing, or its error; reload after a change. */
  async #show(action, { isChange = false } = {}) {
    try {
      const outcome = await action;
      if (!outcome) return;
      done(outcome.text, outcome.undo && (() => outcome.undo().finally(this.#reload)));
      if (isChange) this.#selection.clear();
    } catch (error) {
      failed(error);
    }
    if (isChange) this.#reload();
  }
}

async function exportAll(state, tokens) {
  const body = { ...filtersOf(state), tokens };
  const text = await call("/api/devices/export", { method: "POST", body });
  saveAs(FILE, text, "text/csv");
  return { text: tokens ? `Saved as ${FILE}, with tokens: who has the file can send as these devices.` : `Saved as ${FILE}.` };
}
