// The columns of the overview. Formatters return nodes, never strings: Tabulator parses strings as HTML.
import { make } from "./dom.js";
import { exactTime } from "./time.js";
import { seenNode, statusBadge, valueText } from "./status.js";

const MAX_VALUES = 6;
const MAX_VALUES_ON_A_PHONE = 2;

/** Matches on a phone, where the status is shown with the time and values are stacked. */
export const narrow = window.matchMedia("(max-width: 639px)");

export const rowHeight = () => (narrow.matches ? 64 : 44);
const seenWidth = () => (narrow.matches ? 128 : 150);

/** Draw the rows again when a phone is turned; who redraws the table afterwards has the new heights. */
export function followWidth(table) {
  narrow.addEventListener("change", () => {
    table.options.rowHeight = rowHeight();
    table.getColumn("last_seen").setWidth(seenWidth());
    for (const row of table.getRows()) row.reformat();
  });
}

function nameCell(cell) {
  const { id, name } = cell.getData();
  return make("a", { href: `/devices/${id}`, title: name }, name);
}

function seenCell(cell) {
  const { last_seen: lastSeen, status } = cell.getData();
  const node = make("div", {}, seenNode(lastSeen, status));
  if (narrow.matches) node.prepend(statusBadge(status), make("br"));
  return node;
}

function valuesCell(cell) {
  const pairs = Object.entries(cell.getValue());
  return narrow.matches ? stackedValues(pairs) : inlineValues(pairs);
}

function stackedValues(pairs) {
  const lines = pairs.slice(0, MAX_VALUES_ON_A_PHONE).map(([key, { value }]) =>
    make("span", {}, make("strong", {}, valueText(value)), ` ${key}`),
  );
  return make("div", { class: "qlines-pairs qlines-pairs-stacked" }, ...lines);
}

function inlineValues(pairs) {
  const shown = pairs.slice(0, MAX_VALUES).map(([key, { ts, value }]) =>
    make("span", { title: exactTime(ts) }, `${key} `, make("strong", {}, valueText(value))),
  );
  if (pairs.length > MAX_VALUES) shown.push(make("span", {}, `${pairs.length - MAX_VALUES} more`));
  return make("div", { class: "qlines-pairs" }, ...shown);
}

function tagsCell(cell) {
  const links = cell.getValue().map((tag) => make("a", { class: "badge bg-secondary-lt", href: `/devices?${new URLSearchParams({ tag })}` }, tag));
  return make("div", { class: "qlines-tags", title: cell.getValue().join(", ") }, ...links);
}

/** Return a header whose button sorts: Tabulator's own headers cannot be operated by keyboard. */
function sortHeader(label, field, state, onSort) {
  return () => {
    const order = state().sort === field ? state().order : undefined;
    return make(
      "button",
      { class: "qlines-sort", type: "button", "data-sort": field, "data-order": order, on: { click: () => onSort(field) } },
      label,
    );
  };
}

/** Show in the headers by which column the table is sorted. */
export function markSorted(root, { sort, order }) {
  for (const button of root.querySelectorAll("[data-sort]")) {
    const isSorted = button.dataset.sort === sort;
    button.toggleAttribute("data-order", isSorted);
    if (isSorted) button.dataset.order = order;
    button.closest('[role="columnheader"]')?.setAttribute("aria-sort", isSorted ? `${order}ending` : "none");
  }
}

/** Return Tabulator's columns; state() returns {sort, order}, onSort(field) is called by a header. */
export function columns(state, onSort, selection) {
  const sortable = (label, field) => ({ title: label, titleFormatter: sortHeader(label, field, state, onSort), field, headerSort: false });
  const plain = (label, field) => ({ title: label, titleFormatter: () => make("span", {}, label), field, headerSort: false });
  return [
    { title: "Select", titleFormatter: () => selection.header(), field: "selected", headerSort: false, formatter: (cell) => selection.cell(cell.getData()), width: 44 },
    { ...sortable("Name", "name"), formatter: nameCell, widthGrow: 2, minWidth: 84 },
    { ...sortable("Status", "status"), formatter: (cell) => statusBadge(cell.getValue()), width: 130 },
    { ...sortable("Last seen", "last_seen"), formatter: seenCell, width: seenWidth() },
    { ...plain("Tags", "tags"), formatter: tagsCell, widthGrow: 2, minWidth: 120 },
    { ...plain("Values", "values"), formatter: valuesCell, widthGrow: 3, minWidth: 76 },
  ];
}
