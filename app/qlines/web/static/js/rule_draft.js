// What is typed into a rule's form, kept in this tab until it is saved: a reload, or signing in again, loses nothing.
import { keepInTab, keptInTab } from "./kept.js";

const nameOf = (draft) => `rule-${draft}`;

/** Keep what is typed under the name of its draft, with the tag of the version that it changes. */
export const keepDraft = (draft, rule, tag) => keepInTab(nameOf(draft), JSON.stringify({ rule, tag }));

/** Forget it: it is saved, or not wanted. */
export const dropDraft = (draft) => keepInTab(nameOf(draft), "");

/** Return what was typed and not saved, { rule, tag }, null for nothing. */
export function draftOf(draft) {
  const text = keptInTab(nameOf(draft));
  const kept = text ? JSON.parse(text) : {};
  return kept.rule ? kept : null;
}
