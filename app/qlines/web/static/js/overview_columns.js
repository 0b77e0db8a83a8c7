// The columns of the overview. Formatters return nodes, never strings: Tabulator makes HTML of strings.
import { make } from "./dom.js";
import { exact } from "./time.js";
import { seenNode, statusBadge, valueText } from "./status.js";

const SHOWN_VALUES = 6;
const SHOWN_ON_A_PHONE = 2;

/** Tells a phone: there the status stands with the time, and values stand below each other. */
export const narrow = window.matchMedia("(max-width: 639px)");

function nameCell(cell) {
  const { id, name } = cell.getData();
  return make("a", { href: `/devices/${id}`, title: name }, name);
}

function seenCell(cell) {
  const { last_seen: seen, status } = cell.getData();
  const node = make("div", {}, seenNode(seen, status));
  if (narrow.matches) node.prepend(statusBadge(status), make("br"));
  return node;
}

function valuesCell(cell) {
  const pairs = Object.entries(cell.getValue());
  if (narrow.matches) {
    const lines = pairs.slice(0, SHOWN_ON_A_PHONE).map(([key, { value }]) => make("span", {}, make("strong", {}, valueText(value)), ` ${key}`));
    return make("div", { class: "qlines-pairs qlines-pairs-stacked" }, ...lines);
  }
  const shown = pairs.slice(0, SHOWN_VALUES).map(([key, { ts, value }]) =>
    make("span", { title: exact(ts) }, `${key} `, make("strong", {}, valueText(value))),
  );
  if (pairs.length > SHOWN_VALUES) shown.push(make("span", {}, `${pairs.length - SHOWN_VALUES} more`));
  return make("div", { class: "qlines-pairs" }, ...shown);
}

/** Return a header whose button sorts: Tabulator's own headers cannot be reached by keyboard. */
function sortHeader(label, field, state, onSort) {
  return () => {
    const order = state().sort === field ? state().order : undefined;
    const button = make("button", { class: "qlines-sort", type: "button", "data-sort": field, "data-order": order }, label);
    button.addEventListener("click", () => onSort(field));
    return button;
  };
}

/** Show on the headers' buttons what the table is sorted by. */
export function markSorted(root, { sort, order }) {
  for (const button of root.querySelectorAll("[data-sort]")) {
    const isSorted = button.dataset.sort === sort;
    button.toggleAttribute("data-order", isSorted);
    if (isSorted) button.dataset.order = order;
    button.closest('[role="columnheader"]')?.setAttribute("aria-sort", isSorted ? `${order}ending` : "none");
  }
}

export function columns(state, onSort) {
  const sortable = (label, field) => ({ title: label, titleFormatter: sortHeader(label, field, state, onSort), field, headerSort: false });
  return [
    { ...sortable("Name", "name"), formatter: nameCell, widthGrow: 2, minWidth: 100 },
    { ...sortable("Status", "status"), formatter: (cell) => statusBadge(cell.getValue()), width: 130 },
    { ...sortable("Last seen", "last_seen"), formatter: seenCell, width: narrow.matches ? 135 : 150 },
    { title: "Values", titleFormatter: () => make("span", {}, "Values"), field: "values", headerSort: false, formatter: valuesCell, widthGrow: 3, minWidth: 80 },
  ];
}
