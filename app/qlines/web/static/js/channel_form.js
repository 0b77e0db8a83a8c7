// The form of a channel, as templates/channel_form.html has it.
import { byId, showText } from "./dom.js";
import { typedQuietHours } from "./quiet_hours.js";

/** Return what was typed, as the API takes it; a secret that was left empty stays as it is. */
export function typedChannel() {
  return {
    name: byId("name").value,
    settings: typedSettings(),
    default: byId("default").checked,
    ...(document.getElementById("operator") ? { operator: byId("operator").checked } : {}), // admins have it
    quiet_hours: typedQuietHours(),
  };
}

function typedSettings() {
  const fields = [...document.querySelectorAll("[data-setting]")].map(({ dataset, value }) => [dataset, value.trim()]);
  const given = fields.filter(([dataset, text]) => text || !("kept" in dataset));
  return Object.fromEntries(given.map(([{ setting }, text]) => [setting, text || null]));
}

/** Show why a channel was not taken: with the label of the field that is wrong, which gets the focus. */
export function showProblem({ message, problem = {} }) {
  const [first] = problem.errors ?? [];
  const input = first && document.querySelector(`[data-setting="${CSS.escape(first.field.replace(/^settings\./, ""))}"], #${CSS.escape(first.field)}`);
  showText(byId("channel-error"), input ? `${labelOf(input)} ${first.reason}.` : message);
  input?.focus();
}

const labelOf = (input) => input.labels[0].firstChild.textContent.trim();

/** Return what to do once a channel was added or changed. */
export function nextStep({ confirmed }) {
  return confirmed ? "Send a test to see whether it works." : "Nothing else is sent to its address until its receiver has confirmed it by the link in a mail.";
}

/** Show a secret of which only the last characters are shown from now on. */
export function showSecret(secret) {
  byId("secret").value = secret;
  byId("secret-card").hidden = false;
  byId("secret").focus();
}
