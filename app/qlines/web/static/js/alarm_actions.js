// What a person does with an alarm: acknowledge, clear, mute, give it to somebody, comment.
import { isMuted, isWaiting } from "./alarm_words.js";
import { call } from "./api.js";
import { byId, showText, wireCloseButtons } from "./dom.js";
import { done, failed } from "./toast.js";

const SILENT = "Should it be silent for some time then?";
const CLEAR = {
  true: `The rule is still true for this device. A new alarm begins only after all was well in between. ${SILENT}`,
  false: `The rule is not true for this device any more: the alarm would end by itself soon. A new one begins as soon as it is true again. ${SILENT}`,
  null: `If the rule is still true for this device, a new alarm begins only after all was well in between. ${SILENT}`,
};
const WORDS = {
  clear: ["Clear this alarm?", CLEAR.true, "Clear"],
  mute: ["Mute this alarm?", "Nobody is sent a message about this rule and this device for so long. The alarm stays in the list.", "Mute"],
};

export class AlarmActions {
  #path;
  #onChanged;
  #question = "clear"; // or "mute": what the dialog asks
  #isTrue = null; // whether the rule is true now, null where nobody knows

  /** onChanged(alarm) gets the alarm after each change. */
  constructor(id, onChanged) {
    this.#path = `/api/alarms/${id}`;
    this.#onChanged = onChanged;
    byId("acknowledge").addEventListener("click", () => this.#do("acknowledge", undefined, "Acknowledged.").catch(failed));
    for (const question of Object.keys(WORDS)) byId(question).addEventListener("click", () => this.#ask(question));
    byId("unmute").addEventListener("click", () => this.#do("mute", { seconds: 0 }, "Messages are sent again.").catch(failed));
    this.#wireDialog();
    this.#wireForms();
  }

  /** Offer what can be done with the alarm now. */
  show(alarm) {
    const isSilent = isMuted(alarm);
    this.#isTrue = alarm.true_now;
    const shown = { acknowledge: isWaiting(alarm), clear: alarm.status === "active", mute: alarm.status === "active" && !isSilent, unmute: isSilent };
    const focused = document.activeElement;
    for (const [id, isShown] of Object.entries(shown)) byId(id).hidden = !isShown;
    if (focused?.hidden) byId("alarm-name").focus(); // its button is gone, and the focus would be lost
    byId("actions").hidden = !Object.values(shown).some(Boolean);
    if (document.activeElement !== byId("assignee")) byId("assignee").value = alarm.assignee ?? "";
  }

  async #do(action, body, said) {
    const alarm = await call(`${this.#path}/${action}`, { method: "POST", body });
    done(said);
    this.#onChanged(alarm);
  }

  #ask(question) {
    this.#question = question;
    [byId("mute-title").textContent, byId("mute-text").textContent, byId("mute-submit").textContent] = WORDS[question];
    if (question === "clear") byId("mute-text").textContent = CLEAR[this.#isTrue];
    byId("mute-none").hidden = byId("mute-none").disabled = question === "mute";
    byId("mute-seconds").value = question === "mute" ? "3600" : "";
    showText(byId("mute-error"), "");
    byId("mute-dialog").showModal();
  }

  #wireDialog() {
    wireCloseButtons(byId("mute-dialog"));
    byId("mute-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#answer().catch(({ message }) => showText(byId("mute-error"), message));
    });
  }

  async #answer() {
    const seconds = Number(byId("mute-seconds").value);
    if (this.#question === "mute") await this.#do("mute", { seconds }, "Muted.");
    else await this.#do("clear", seconds ? { mute_seconds: seconds } : {}, "Cleared.");
    byId("mute-dialog").close();
  }

  #wireForms() {
    const assign = (to) => this.#do("assign", { to }, to ? `Given to ${to}.` : "Given to nobody.").catch(failed);
    byId("assign-form").addEventListener("submit", (event) => {
      event.preventDefault();
      assign(byId("assignee").value.trim() || null);
    });
    byId("assign-me").addEventListener("click", () => assign(byId("assign-me").dataset.me));
    byId("comment-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#comment().catch(failed); // the text stays in its field then
    });
  }

  async #comment() {
    await this.#do("comments", { text: byId("comment").value }, "Commented.");
    byId("comment").value = "";
  }
}
