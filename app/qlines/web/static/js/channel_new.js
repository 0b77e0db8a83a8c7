// The page /account/notifications/new/<type>: adds a channel and opens its page.
import { call } from "./api.js";
import { whileBusy } from "./busy_button.js";
import { nextStep, showProblem, showSecret, typedChannel } from "./channel_form.js";
import { copyButton } from "./copy.js";
import { byId, showText } from "./dom.js";
import { fillProse } from "./prose.js";
import { wireQuietHours } from "./quiet_hours.js";
import { doneBeforeNextPage } from "./toast.js";

const form = byId("channel-form");

async function add() {
  const body = { ...typedChannel(), type: form.dataset.type };
  const channel = await call("/api/channels", { method: "POST", body });
  const { id, name, secret } = channel;
  const page = `/account/notifications/${id}`;
  if (secret) return showSecretOf(page, secret);
  doneBeforeNextPage(`${name} was added. ${nextStep(channel)}`);
  return window.location.assign(page);
}

/** The person leaves the page when they have copied it. */
function showSecretOf(page, secret) {
  form.hidden = true;
  byId("secret-next").href = page;
  showSecret(secret);
}

/** Let the button act, and show what went wrong. */
function act(button, action) {
  showText(byId("channel-error"), "");
  return whileBusy(button, () => action().catch(showProblem));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  act(form.querySelector("[type=submit]"), add);
});
copyButton(byId("secret-copy"), () => byId("secret").value);
wireQuietHours();
fillProse();
