// What is typed into a rule's form, kept in this tab until it is saved: a reload, or signing in again, loses nothing.
import { keepInTab, keptInTab } from "./kept.js";

const nameOf = (id) => `rule-${id}`;

/** Keep what is typed of this rule ("new" for a new one). */
export const keepDraft = (id, rule) => keepInTab(nameOf(id), JSON.stringify(rule));

/** Forget it: it is saved, or not wanted. */
export const dropDraft = (id) => keepInTab(nameOf(id), "");

/** Return what was typed and not saved, null for nothing. */
export function draftOf(id) {
  const text = keptInTab(nameOf(id));
  return text ? JSON.parse(text) : null;
}
