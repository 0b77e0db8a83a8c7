// Shows the snippets of a device, one at a time: radio buttons choose which, and a click copies it.
import { copyButton } from "./copy.js";
import { make } from "./dom.js";
import { keep, kept } from "./kept.js";
import { isOnlyHere, snippets } from "./snippet_texts.js";

const CHOICE = "snippet"; // kept for the next device
const MASK = "HIDDEN"; // in place of the token; in a URL a dot would be written as nine characters

/** Fill the element with the snippets for this token; with isHidden it is in what is copied only. */
export function showSnippets(node, token, { isHidden = false } = {}) {
  const all = snippets(token);
  const masked = snippets(MASK);
  const shown = make("div", {});
  const show = (one) => {
    keep(CHOICE, one.id);
    shown.replaceChildren(...parts(one, isHidden ? masked[all.indexOf(one)].code : one.code));
    if (isHidden) shown.append(make("p", { class: "text-secondary mt-2 mb-0" }, `${MASK} stands for the token, which “Copy” copies.`));
  };
  const chosen = all.find((one) => one.id === kept(CHOICE)) ?? all[0];
  node.replaceChildren(choice(all, chosen, show), shown, ...onlyHere());
  show(chosen);
}

function choice(all, chosen, show) {
  const options = all.flatMap((one) => [
    make("input", {
      class: "btn-check", type: "radio", name: "snippet", id: `snippet-${one.id}`,
      checked: one === chosen, autocomplete: "off", on: { change: () => show(one) },
    }),
    make("label", { class: "btn btn-sm", for: `snippet-${one.id}` }, one.label),
  ]);
  return make("fieldset", { class: "btn-list mb-3" }, make("legend", { class: "visually-hidden" }, "Send with"), ...options);
}

function parts({ label, hint, code }, text) {
  const button = make("button", { class: "btn btn-sm", type: "button", "aria-label": `Copy the snippet for ${label}` }, "Copy");
  copyButton(button, () => code);
  return [
    make("p", { class: "text-secondary mb-2" }, hint),
    make("div", { class: "qlines-snippet" }, make("pre", { tabindex: "0", role: "group", "aria-label": `Snippet for ${label}` }, text), button),
  ];
}

function onlyHere() {
  if (!isOnlyHere()) return [];
  return [make("p", { class: "text-secondary mb-0" }, `“${window.location.hostname}” is this computer only: on another device, put this computer's address in its place.`)];
}
