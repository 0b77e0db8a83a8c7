// The page /account/notifications: tests of channels, what holds for all of them, and this browser.
import { call } from "./api.js";
import { whileBusy } from "./busy_button.js";
import { byId, showText } from "./dom.js";
import { typedQuietHours, wireQuietHours } from "./quiet_hours.js";
import { wireThisBrowser } from "./this_browser.js";
import { nowMs, refreshTimes, timeNode } from "./time.js";
import { done, failed, showDoneBefore } from "./toast.js";

const SETTINGS = "/api/notification-settings";

async function test(button) {
  const label = button.textContent;
  button.textContent = "Sending…";
  try {
    const { state, sentence } = await call(`/api/channels/${button.dataset.test}/test`, { method: "POST" });
    if (state === "sent") done(sentence);
    else failed({ message: sentence });
  } catch (error) {
    failed(error);
  }
  button.textContent = label;
}

function showMute(until) {
  const isMuted = Boolean(until) && until > nowMs();
  const text = isMuted
    ? ["Nothing about alarms is sent until ", timeNode(until, { isExact: true }), "."]
    : ["Messages are sent. Stop all of them for a while, for instance while you work on the devices:"];
  byId("mute-text").replaceChildren(...text);
  for (const button of document.querySelectorAll("[data-mute]")) button.hidden = (button.dataset.mute === "0") !== isMuted;
}

const change = (body) => call(SETTINGS, { method: "PATCH", body });

async function mute(seconds) {
  const until = seconds ? nowMs() + seconds * 1000 : null;
  showMute((await change({ muted_until: until })).muted_until);
  document.querySelector("[data-mute]:not([hidden])").focus(); // the button that was pressed is gone
}

async function saveQuietHours() {
  showText(byId("quiet-error"), "");
  try {
    await change({ quiet_hours: typedQuietHours() });
    done("The quiet hours of all channels were saved.");
  } catch ({ message }) {
    showText(byId("quiet-error"), message);
  }
}

for (const button of document.querySelectorAll("[data-test]")) button.addEventListener("click", () => whileBusy(button, () => test(button)));
for (const button of document.querySelectorAll("[data-mute]")) {
  button.addEventListener("click", () => mute(Number(button.dataset.mute)).catch(failed));
}
byId("quiet-form").addEventListener("submit", (event) => {
  event.preventDefault();
  saveQuietHours();
});
showMute(Number(byId("mute-text").dataset.until));
wireQuietHours();
wireThisBrowser();
refreshTimes();
showDoneBefore();
