// Puts the errors of a rule where they are: at the field that the problem document names.
import { byId, make } from "./dom.js";

// Fields that are not named after themselves in the form.
const PLACES = { scope: "scope-type", schedule: "schedule-on", channels: "channels-kind", escalation: "escalation-on", max_gap_seconds: "gap-kind" };

/** Return the parts of a path such as "rule.levels[0].conditions.1.limit". */
export const partsOf = (field) => field.replace(/\[(\d+)\]/g, ".$1").split(".").filter((part) => part && part !== "rule");

const fieldIn = (node, parts) => parts.map((part) => node.querySelector(`[data-field="${CSS.escape(part)}"]`)).find(Boolean);

/** Return the node that a path is about; levels are in the order of the API. */
export function nodeOf(field, levels) {
  const [first, at, ...rest] = partsOf(field);
  if (first !== "levels") return [`${first}-${at}`, PLACES[first] ?? first].map((id) => document.getElementById(id)).find(Boolean) ?? byId("rule-error");
  return levels[Number(at)] ? nodeInLevel(levels[Number(at)], rest) : byId("levels");
}

function nodeInLevel(level, parts) {
  const condition = parts[0] === "conditions" && level.conditionNodes[Number(parts[1])];
  if (condition) return fieldIn(condition, parts.slice(2)) ?? condition;
  return fieldIn(level.node, parts) ?? level.node;
}

/** Remove all errors. */
export function hideErrors() {
  for (const node of document.querySelectorAll("[data-wrong]")) hideError(node);
  for (const node of document.querySelectorAll(".qlines-field-error")) node.remove(); // those that are at no input
}

/** Remove the error of an input that was changed, and those whose input was replaced by that. */
export function hideErrorsAt(node) {
  hideError(node);
  for (const text of document.querySelectorAll(".qlines-field-error")) {
    if (!document.querySelector(`[aria-describedby="${text.id}"]`)) text.remove();
  }
}

function hideError(node) {
  if (!("wrong" in node.dataset)) return;
  document.getElementById(node.getAttribute("aria-describedby"))?.remove();
  delete node.dataset.wrong;
  node.removeAttribute("aria-describedby");
  node.removeAttribute("aria-invalid");
  node.classList.remove("is-invalid");
}

const FOCUSABLE = "input, select, textarea";

/** Return the first field in the node that can be seen. */
const inputOf = (node) => [node, ...node.querySelectorAll(FOCUSABLE)].find((each) => each.matches(FOCUSABLE) && each.checkVisibility());

/** Show [{ field, reason }, …] of a problem document, and put the focus on the first; return whether there were any. */
export function showErrors(errors, levels) {
  hideErrors();
  const inputs = errors.map(({ field, reason }, i) => showError(nodeOf(field, levels), reason, `field-error-${i}`));
  inputs.find(Boolean)?.focus();
  return errors.length > 0;
}

function showError(node, reason, id) {
  const folded = node.closest("details");
  if (folded) folded.open = true;
  const text = make("div", { class: "text-danger qlines-field-error qlines-break", id, role: "alert" }, reason);
  let place = node.closest("[data-condition], .qlines-sentence") ?? node;
  while (place.nextElementSibling?.matches(".qlines-field-error")) place = place.nextElementSibling;
  place.after(text);
  const input = inputOf(node);
  if (!input) return undefined;
  Object.assign(input.dataset, { wrong: "" });
  input.setAttribute("aria-invalid", "true");
  input.setAttribute("aria-describedby", id);
  input.classList.add("is-invalid");
  return input;
}
