// Makes DOM nodes. Text from outside only ever becomes a text node, so it can never become HTML.

/** Return a new element. "on" holds event listeners by event; children are nodes or texts. */
export function make(tag, attributes = {}, ...children) {
  const { on = {}, ...rest } = attributes;
  const node = document.createElement(tag);
  for (const [event, listener] of Object.entries(on)) node.addEventListener(event, listener);
  for (const [name, value] of Object.entries(rest)) setAttribute(node, name, value);
  node.append(...children.filter((child) => child !== undefined && child !== null));
  return node;
}

/** Set the attribute; leave it out for undefined, null and false. */
function setAttribute(node, name, value) {
  if (value === undefined || value === null || value === false) return;
  node.setAttribute(name, value === true ? "" : value);
}

/** Return the element with this id; throw an Error when the page has none, which is a bug. */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`the page has no element ${id}`);
  return node;
}

/** Show the text in the element, or hide the element when the text is empty. */
export function showText(node, text) {
  node.textContent = text;
  node.hidden = !text;
}

/** Put these rows, or what the table is empty with, in their order into its body, without moving those that are in it. */
export function placeRows(body, nodes) {
  for (const node of [...body.children]) if (!nodes.includes(node)) node.remove();
  nodes.forEach((node, at) => body.children[at] === node || body.insertBefore(node, body.children[at] ?? null));
}

/** Let every button with data-close close the dialog. */
export function wireCloseButtons(dialog) {
  for (const button of dialog.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => dialog.close());
  }
}

/** Return a cell of a table with the class qlines-stacked: on a phone it is a line with the label of its column. */
export const labelledCell = (label, attributes, ...children) => make("td", { ...attributes, "data-label": label }, ...children);
