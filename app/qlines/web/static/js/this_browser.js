// The part "This browser" of the page /account/notifications: lets it show messages, also while QLines is not open.
import { whileBusy } from "./busy_button.js";
import { byId } from "./dom.js";
import { isSubscribed, obstacle, subscribe, unsubscribe } from "./push_subscription.js";
import { doneBeforeNextPage, failed } from "./toast.js";

const OBSTACLES = {
  insecure: "Browsers show messages only of an address with https. Open QLines by one to add this browser.",
  install: "An iPhone or iPad shows messages only of apps on its home screen (iOS 16.4 or later). So put QLines there first:",
  unsupported: "This browser cannot show messages. Use a current Chrome, Edge, Firefox or Safari, or add another channel.",
  denied: "This browser shows no messages of QLines, because its person has forbidden it. Allow notifications in its settings of this site (press the symbol beside the address), then reload this page.",
};
const ON = "This browser shows your alarms, also while QLines is not open. It ends when you sign out, or somebody else signs in here.";
const OFF = "Let this phone or computer show your alarms, also while QLines is not open.";
const BROKEN = "This browser was to show your alarms, and no longer does: its permission was withdrawn or its data were deleted. Press again.";

/** Show whether this browser is a channel, and let the buttons change it. */
export async function wireThisBrowser() {
  const { channel } = byId("this-browser").dataset;
  const reload = (text) => {
    doneBeforeNextPage(text);
    window.location.reload(); // the list of channels has it, or has it no longer
  };
  wire("browser-on", async () => reload(`${(await subscribe()).name} shows your alarms from now on. Send a test to see one.`));
  wire("browser-off", async () => {
    await unsubscribe(channel);
    reload("This browser shows no alarms any more.");
  });
  await show(channel);
}

function wire(id, action) {
  const button = byId(id);
  button.addEventListener("click", () => whileBusy(button, () => action().catch(failed)));
}

async function show(channel) {
  const reason = obstacle();
  const isOn = !reason && Boolean(channel) && (await isSubscribed());
  byId("browser-text").textContent = reason ? OBSTACLES[reason] : isOn ? ON : channel ? BROKEN : OFF;
  byId("browser-install").hidden = reason !== "install";
  byId("browser-on").hidden = Boolean(reason) || isOn;
  byId("browser-off").hidden = !isOn;
}
