// Which devices are selected: a checkbox per row and one for the page; paging keeps the selection.
import { make } from "./dom.js";

export class Selection {
  #ids = new Set();
  #root;
  #onChange;

  /** onChange(ids) is called after each change. */
  constructor(root, onChange) {
    this.#root = root;
    this.#onChange = onChange;
  }

  get ids() {
    return [...this.#ids];
  }

  /** Return the checkbox of a row. */
  cell({ id, name }) {
    const onChange = ({ target }) => this.#set([id], target.checked);
    return make("input", {
      class: "form-check-input", type: "checkbox", "aria-label": `Select ${name}`, "data-select": id,
      checked: this.#ids.has(id), on: { change: onChange },
    });
  }

  /** Return the checkbox of the header. */
  header() {
    const onChange = ({ target }) => this.#set(this.#shown().map((box) => box.dataset.select), target.checked);
    return make("input", { class: "form-check-input", type: "checkbox", "aria-label": "Select all on this page", "data-select-page": true, on: { change: onChange } });
  }

  deselect(ids) {
    this.#set(ids, false);
  }

  clear() {
    this.deselect(this.ids);
  }

  /** Show in the checkboxes what is selected, after other rows were loaded. */
  refresh() {
    const shown = this.#shown();
    for (const box of shown) box.checked = this.#ids.has(box.dataset.select);
    const count = shown.filter((box) => box.checked).length;
    const all = this.#root.querySelector("[data-select-page]");
    all.checked = count > 0 && count === shown.length;
    all.indeterminate = count > 0 && count < shown.length;
  }

  #shown() {
    return [...this.#root.querySelectorAll("[data-select]")];
  }

  #set(ids, isSelected) {
    for (const id of ids) this.#ids[isSelected ? "add" : "delete"](id);
    this.refresh();
    this.#onChange(this.ids);
  }
}
