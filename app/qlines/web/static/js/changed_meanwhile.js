// What was changed in another tab, or by somebody else, since this page has shown it: what is typed stays, and its person decides.
import { call } from "./api.js";
import { make } from "./dom.js";
import { failed } from "./toast.js";

/** Return whether an error says so. */
export const isChangedMeanwhile = ({ status }) => status === 412;

/**
 * Ask in the node what to do about *what*, "This rule": saveMine(tag) saves what is typed in place of what is stored now, of
 * which tag is the version; showSaved() shows that.
 */
export function askWhich(node, { what, path, saveMine, showSaved }) {
  const overwrite = async () => {
    let tag = "";
    await call(path, { onTag: (one) => (tag = one) });
    await saveMine(tag);
  };
  const button = (label, act) => make("button", { class: "btn btn-sm ms-2", type: "button", on: { click: () => act().catch(failed) } }, label);
  const sentence = `${what} was changed in another tab, or by somebody else, since you opened it. Nothing is saved yet, and what you typed is still here.`;
  node.replaceChildren(sentence, button("Save mine instead", overwrite), button("Show what is saved", async () => showSaved()));
  node.hidden = false;
  node.querySelector("button").focus();
}
