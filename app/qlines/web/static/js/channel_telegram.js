// The page /account/notifications/new/telegram: makes a code, and waits until it has linked a chat.
import { call } from "./api.js";
import { whileBusy } from "./busy_button.js";
import { byId, showText } from "./dom.js";
import { doneBeforeNextPage } from "./toast.js";

const LINKS = "/api/channels/telegram-links";
const LOOK_MS = 2000;
const SENTENCES = { waiting: "Waiting for the code in Telegram…", expired: "The code no longer works. Make another one." };

let current = ""; // the id of the newest code: older ones are not waited for

async function make() {
  showText(byId("link-error"), "");
  const made = await call(LINKS, { method: "POST" });
  current = made.id;
  byId("link-qr").replaceChildren(svgIn(made.qr_code));
  byId("link-chat").href = made.link;
  byId("link-group").href = made.group_link;
  byId("link-text").textContent = `/start@${made.bot} ${made.code}`;
  byId("link-made").hidden = false;
  showText(byId("link-state"), SENTENCES.waiting);
  look(made.id);
}

/** Return the element of the server's own SVG. */
const svgIn = (text) => document.importNode(new DOMParser().parseFromString(text, "text/html").querySelector("svg"), true);

/** Ask what became of a code, again and again until that is decided. */
async function look(id) {
  const answer = await call(`${LINKS}/${id}`).catch(({ message }) => ({ state: "waiting", sentence: message }));
  if (id !== current) return;
  if (answer.state === "linked") return open(answer.channel);
  byId("link-made").hidden = answer.state !== "waiting";
  showText(byId("link-state"), SENTENCES[answer.state] ?? "");
  showText(byId("link-error"), answer.sentence);
  if (answer.state === "waiting") setTimeout(look, LOOK_MS, id);
}

function open(channel) {
  doneBeforeNextPage("The chat was linked. Send a test to see whether it works.");
  window.location.assign(`/account/notifications/${channel}`);
}

byId("link-make").addEventListener("click", ({ target }) => {
  whileBusy(target, () => make().catch(({ message }) => showText(byId("link-error"), message))); // a second press would end the first code
});
