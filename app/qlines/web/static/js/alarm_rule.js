// The page /alarm-rules/new and /alarm-rules/<id>: the form that speaks in sentences, tries the rule while it is typed, and saves it.
import { call } from "./api.js";
import { askWhich, isChangedMeanwhile } from "./changed_meanwhile.js";
import { confirmed } from "./confirm.js";
import { byId, make, showText } from "./dom.js";
import { hideFailure, showFailure } from "./failure.js";
import { dropDraft, draftOf, keepDraft } from "./rule_draft.js";
import { hideErrors, hideErrorsAt, showErrors } from "./rule_errors.js";
import { NEW_RULE, RuleForm, fieldsOf } from "./rule_form.js";
import { RulePreview } from "./rule_preview.js";
import { scalarOf } from "./rule_scalar.js";
import { showRuleState } from "./rule_state.js";
import { TrueNow } from "./rule_true_now.js";
import { refreshTimes } from "./time.js";
import { doneBeforeNextPage, failed } from "./toast.js";

const { id, person, device, deviceName, key, value } = byId("rule").dataset;
const isNew = id === "new";
const path = isNew ? "/api/alarm-rules" : `/api/alarm-rules/${id}`;
// A rule about a value of a device has a draft of its own; who signs in after another in this tab sees none of theirs.
const draftName = `${person}-${id}${window.location.search}`;
const trueNow = new TrueNow();
const form = new RuleForm(changed);
const preview = new RulePreview(() => form.value(), trueNow);
let isShown = false; // before it, nothing was typed
let isSaving = false;
let tag = ""; // of the version that the form changes

function changed() {
  if (!isShown) return;
  keepDraft(draftName, form.value(), tag);
  preview.soon();
}

/** Return a rule about the value from whose place on a device's page one came. */
function prefilled() {
  if (!device) return NEW_RULE;
  const now = scalarOf(value);
  const isCompared = value === "" || typeof now === "number";
  const condition = isCompared ? { kind: "above", key, limit: value === "" ? undefined : now } : { kind: "equals", key, value: now };
  const levels = [{ ...NEW_RULE.levels[0], conditions: [condition] }];
  return { ...NEW_RULE, name: key ? `${key} of ${deviceName}`.slice(0, 100) : "", scope: { type: "device", value: device }, levels };
}

/** Return what is stored, or proposed, as { before, storedTag, scopeName }. */
async function fetchBefore() {
  if (isNew) return { before: prefilled(), storedTag: "", scopeName: deviceName };
  let storedTag = "";
  const stored = await call(path, { onTag: (one) => (storedTag = one) });
  showRuleState(stored);
  return { before: fieldsOf(stored), storedTag, scopeName: stored.scope_name };
}

async function load() {
  let isKnown = isShown; // what is saved
  try {
    const { before, storedTag, scopeName } = await fetchBefore();
    isKnown = true;
    const draft = draftThatDiffers(before);
    tag = draft ? draft.tag : storedTag;
    offerToDiscard(draft, before, storedTag);
    await form.show(draft?.rule ?? before, scopeName);
    hideFailure();
  } catch (error) {
    showFailure(error, load);
  }
  byId("rule-form").setAttribute("aria-busy", "false");
  if (!isKnown) return; // what is typed into the empty form would replace it
  isShown = true;
  byId("rule-form").inert = false;
  preview.soon();
}

/** Return what was typed before, null when that is saved. */
function draftThatDiffers(before) {
  const draft = draftOf(draftName);
  return draft && JSON.stringify(draft.rule) !== JSON.stringify(before) ? draft : null;
}

/** Say that what was typed before is there again, with a way back. */
function offerToDiscard(draft, before, storedTag) {
  byId("draft").hidden = !draft;
  if (!draft) return;
  const discard = () => {
    dropDraft(draftName);
    tag = storedTag;
    byId("draft").hidden = true;
    form.show(before).then(changed).catch(failed);
  };
  const button = make("button", { class: "btn btn-sm ms-2", type: "button", on: { click: discard } }, isNew ? "Start again" : "Show what is saved");
  byId("draft").replaceChildren("What you had typed and not saved is here again.", button);
}

async function save() {
  hideErrors();
  showText(byId("rule-error"), "");
  if (form.errors.length) throw Object.assign(new Error("A field is incomplete."), { problem: { errors: form.errors } });
  const body = { ...form.value(), ...trueNow.value() };
  const saved = await call(path, { method: isNew ? "POST" : "PUT", body, tag });
  dropDraft(draftName);
  doneBeforeNextPage(saved.enabled ? `Saved ${saved.name}: it is switched on.` : `Saved ${saved.name}: it is switched off.`);
  window.location.assign("/alarm-rules");
}

/** Show why it was not saved: at its field where there is one. What was typed stays. */
function explain(error) {
  const { message, problem = {} } = error;
  if (isChangedMeanwhile(error)) askWhich(byId("rule-error"), { what: "This rule", path, saveMine, showSaved });
  else if (problem.true_now) trueNow.insist(problem.true_now);
  else if (!showErrors(problem.errors ?? [], form.levels)) showText(byId("rule-error"), message);
  else showText(byId("rule-error"), "It is not saved yet: see the fields that are marked.");
}

/** Save in place of what somebody else has saved. */
function saveMine(newest) {
  tag = newest;
  return submit();
}

function showSaved() {
  dropDraft(draftName);
  hideErrors();
  showText(byId("rule-error"), "");
  return load();
}

async function submit(event) {
  event?.preventDefault();
  if (isSaving) return; // a second press would make a second rule
  isSaving = true;
  await save().catch(explain);
  isSaving = false;
}

async function remove() {
  const { name } = form.value();
  if (!(await confirmed(`Remove ${name}?`, "Its active alarms end. This cannot be undone.", "Remove"))) return;
  await call(path, { method: "DELETE" });
  dropDraft(draftName);
  doneBeforeNextPage(`Removed ${name}.`);
  window.location.assign("/alarm-rules");
}

for (const event of ["input", "change"]) byId("rule-form").addEventListener(event, ({ target }) => hideErrorsAt(target));
byId("rule-form").addEventListener("submit", submit);
if (!isNew) byId("remove").addEventListener("click", () => remove().catch(failed));
refreshTimes();
load();
