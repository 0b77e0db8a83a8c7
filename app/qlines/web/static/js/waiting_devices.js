// The page /products/waiting: approve or refuse devices that asked for a token, one or several.
import { call } from "./api.js";
import { confirmed } from "./confirm.js";
import { byId, labelledCell, make, showText } from "./dom.js";
import { hideFailure, showFailure } from "./failure.js";
import { Selection } from "./overview_selection.js";
import { refreshTimes, timeNode } from "./time.js";
import { done, failed } from "./toast.js";

const REFRESH_MS = 5000;
const selection = new Selection(byId("waiting-card"), showSelected);
const rows = new Map(); // id ▶ row: one that is shown stays, with the focus and what is selected in it
let waiting = []; // as the API returned them, those first that wait longest

const devices = (count) => (count === 1 ? "1 device" : `${count.toLocaleString()} devices`);

function showSelected(ids) {
  byId("bulk").hidden = !ids.length;
  byId("bulk-text").textContent = ids.length ? `${ids.length.toLocaleString()} selected` : "None selected";
}

function button(label, look, name, onClick) {
  return make("button", { class: `btn btn-sm ${look}`, type: "button", "aria-label": `${label} ${name}`, on: { click: onClick } }, label);
}

function newRow(device) {
  const { id, name, product, address, since } = device;
  return make("tr", {},
    make("td", {}, selection.cell(device)),
    labelledCell("Name", { class: "qlines-key qlines-wide" }, name),
    labelledCell("Product", { class: "qlines-wide" }, make("a", { href: `/products/${product.id}` }, product.name)),
    labelledCell("Asked", {}, timeNode(since)),
    labelledCell("From", {}, address),
    make("td", { class: "qlines-actions" }, make("div", { class: "btn-list" },
      button("Approve", "btn-primary", name, () => act(approve, [id])),
      button("Refuse", "", name, () => act(refuse, [id])))));
}

function show({ items, total }) {
  waiting = items;
  const ids = new Set(items.map(({ id }) => id));
  selection.deselect(selection.ids.filter((id) => !ids.has(id)));
  for (const id of [...rows.keys()].filter((known) => !ids.has(known))) {
    rows.get(id).remove();
    rows.delete(id);
  }
  const added = items.filter(({ id }) => !rows.has(id));
  for (const device of added) rows.set(device.id, newRow(device));
  if (!items.length || added.length === items.length) byId("waiting").replaceChildren(...(items.length ? [] : [emptyRow()]));
  byId("waiting").append(...added.map(({ id }) => rows.get(id))); // new ones wait the shortest
  byId("choice").hidden = !items.length;
  showText(byId("more"), total > items.length ? `The ${items.length} that wait longest, of ${total.toLocaleString()}.` : "");
  selection.refresh();
}

const emptyRow = () => make("tr", {}, make("td", { colspan: "6", class: "text-secondary" }, "None. New devices of a product wait here if its settings say so."));

/** Load the table again; show why that fails. */
async function refresh() {
  try {
    show(await call("/api/waiting-devices"));
    hideFailure();
  } catch (error) {
    showFailure(error, refresh);
  }
}

const namesOf = (ids) => (ids.length === 1 ? waiting.find(({ id }) => id === ids[0]).name : devices(ids.length));
const post = (verb, ids) => call(`/api/waiting-devices/${verb}`, { method: "POST", body: { devices: ids } });

async function approve(ids) {
  const names = namesOf(ids);
  await post("approve", ids);
  done(`Approved ${names}.`);
}

async function refuse(ids) {
  const names = namesOf(ids);
  const warning = "What they were given as a token is worth nothing. They can ask again as long as they have the key of the product: generate a new key to keep them out. This cannot be undone.";
  if (!(await confirmed(`Refuse ${names}?`, warning, "Refuse"))) return;
  await post("refuse", ids);
  done(`Refused ${names}.`);
}

const act = (action, ids) => action(ids).catch(failed).finally(refresh);

byId("select-all").append(selection.header());
byId("bulk-approve").addEventListener("click", () => act(approve, selection.ids));
byId("bulk-refuse").addEventListener("click", () => act(refuse, selection.ids));
refreshTimes();
showSelected([]);
refresh();
setInterval(() => byId("confirm").open || document.hidden || refresh(), REFRESH_MS);
