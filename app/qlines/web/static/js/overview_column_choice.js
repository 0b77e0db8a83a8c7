// Which columns the overview shows: checkboxes in a menu; this browser keeps the choice.
import { byId, make } from "./dom.js";
import { keep, kept } from "./kept.js";
import { narrow } from "./overview_columns.js";

const CHOICE = "hidden-columns";
const LABELS = { status: "Status", last_seen: "Last seen", tags: "Tags", values: "Values" };
// On a phone the status stands with the time, and there is no room for tags.
const WIDE_ONLY = ["status", "tags"];

const keptHidden = () => (kept(CHOICE) ?? "").split(",").filter((field) => field in LABELS);

export class ColumnChoice {
  #table;
  #hidden = new Set(keptHidden());

  /** The table must be built. */
  constructor(table) {
    this.#table = table;
    const boxes = Object.entries(LABELS).map(([field, label]) => this.#checkbox(field, label));
    byId("column-choice").replaceChildren(...boxes);
    narrow.addEventListener("change", () => this.apply());
    this.apply();
  }

  /** Show and hide the columns. */
  apply() {
    for (const field of Object.keys(LABELS)) {
      const isHidden = this.#hidden.has(field) || (narrow.matches && WIDE_ONLY.includes(field));
      this.#table.getColumn(field)[isHidden ? "hide" : "show"]();
    }
    this.#table.redraw(true);
  }

  #checkbox(field, label) {
    const onChange = ({ target }) => {
      this.#hidden[target.checked ? "delete" : "add"](field);
      keep(CHOICE, [...this.#hidden].join());
      this.apply();
    };
    const box = make("input", { class: "form-check-input", type: "checkbox", checked: !this.#hidden.has(field), on: { change: onChange } });
    const isWideOnly = narrow.matches && WIDE_ONLY.includes(field);
    return make("label", { class: "form-check", hidden: isWideOnly }, box, make("span", { class: "form-check-label" }, label));
  }
}
