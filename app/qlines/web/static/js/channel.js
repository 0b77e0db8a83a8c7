// The page /account/notifications/<id>: the settings of a channel, a test, and what was sent to it.
import { call } from "./api.js";
import { whileBusy } from "./busy_button.js";
import { askWhich, isChangedMeanwhile } from "./changed_meanwhile.js";
import { deliveriesOf } from "./channel_deliveries.js";
import { nextStep, showProblem, showSecret, typedChannel } from "./channel_form.js";
import { confirmed } from "./confirm.js";
import { copyButton } from "./copy.js";
import { byId, showText } from "./dom.js";
import { fillProse } from "./prose.js";
import { wireQuietHours } from "./quiet_hours.js";
import { refreshTimes } from "./time.js";
import { done, doneBeforeNextPage, failed, showDoneBefore } from "./toast.js";

const REFRESH_MS = 10_000;
const path = `/api/channels/${byId("channel").dataset.id}`;
let { tag } = byId("channel").dataset; // of the version that the page shows
const loadDeliveries = deliveriesOf(path);
const name = () => byId("channel-name").textContent;

function show(channel) {
  byId("channel-name").textContent = channel.name;
  document.title = `${channel.name} · Notifications · QLines`;
  byId("off").hidden = channel.enabled;
  byId("off-text").textContent = "This channel is switched off: nothing is sent here.";
  byId("switch-off").hidden = !channel.enabled;
  if (channel.type === "email") byId("unconfirmed").hidden = channel.confirmed;
  for (const field of document.querySelectorAll("[data-kept]")) field.value = ""; // it is stored, and not shown again
}

/** Change the channel, show it, and return what to do next in a sentence. */
async function change(body) {
  const channel = await call(path, { method: "PATCH", body, tag, onTag: (one) => (tag = one) });
  show(channel);
  return nextStep(channel);
}

async function save() {
  showText(byId("channel-error"), "");
  try {
    done(`Saved. ${await change(typedChannel())}`);
  } catch (error) {
    if (isChangedMeanwhile(error)) askWhich(byId("channel-error"), { what: "This channel", path, saveMine, showSaved: () => window.location.reload() });
    else showProblem(error);
  }
}

/** Save in place of what somebody else has saved. */
function saveMine(newest) {
  tag = newest;
  return save();
}

async function switchTo(enabled) {
  const next = await change({ enabled });
  byId(enabled ? "switch-off" : "switch-on").focus(); // the button that was pressed is gone
  done(enabled ? `${name()} is switched on. ${next}` : `${name()} is switched off.`, () => change({ enabled: !enabled }));
}

async function roll() {
  const warning = "The new one is shown once. For a day messages are signed with the old one too.";
  if (!(await confirmed("Replace the secret?", warning, "Replace"))) return;
  showSecret((await call(`${path}/secret`, { method: "POST" })).secret);
}

async function remove() {
  const warning = "What it was still to have is not sent. Rules that name this channel no longer send here. This cannot be undone.";
  if (!(await confirmed(`Remove ${name()}?`, warning, "Remove"))) return;
  await call(path, { method: "DELETE" });
  doneBeforeNextPage(`${name()} was removed.`);
  window.location.assign("/account/notifications");
}

async function askAgain() {
  show(await call(`${path}/confirmation`, { method: "POST" }));
  done("The mail with the link is on its way.");
  loadDeliveries();
}

/** Send a test and show what became of it. */
async function test() {
  const shown = byId("test-outcome");
  shown.className = "alert alert-info mt-3 mb-0 qlines-break";
  showText(shown, "It is being sent…");
  try {
    const { state, sentence } = await call(`${path}/test`, { method: "POST" });
    shown.classList.replace("alert-info", { sent: "alert-success", failed: "alert-danger" }[state] ?? "alert-warning");
    showText(shown, sentence);
  } catch ({ message }) {
    shown.classList.replace("alert-info", "alert-danger");
    showText(shown, message);
  }
  loadDeliveries();
}

const press = (id, action) => document.getElementById(id)?.addEventListener("click", () => action().catch(failed));

byId("channel-form").addEventListener("submit", (event) => {
  event.preventDefault();
  save();
});
press("switch-on", () => switchTo(true));
press("switch-off", () => switchTo(false));
press("roll", roll);
press("ask-again", () => whileBusy(byId("ask-again"), askAgain));
press("remove", remove);
press("test", () => whileBusy(byId("test"), test));
copyButton(byId("secret-copy"), () => byId("secret").value);
wireQuietHours();
fillProse();
refreshTimes();
showDoneBefore();
loadDeliveries();
setInterval(() => document.hidden || loadDeliveries(), REFRESH_MS);
