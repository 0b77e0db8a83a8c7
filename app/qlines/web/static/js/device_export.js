// The button "Export CSV": requests a file of what the chart shows, shows its progress, and links to it.
import { call } from "./api.js";
import { byId, make } from "./dom.js";
import { failed } from "./toast.js";

const POLL_MS = 1000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function requested(deviceId, { keys, from, to }) {
  const body = { device: deviceId, keys, from: Math.round(from), to: Math.round(to), format: "csv" };
  return (await call("/api/exports", { method: "POST", body })).id;
}

/** Return the URL of the finished file; throw an Error when the export failed. */
async function finishedUrl(exportId, onPercent) {
  for (;;) {
    const { state, percent, url, error } = await call(`/api/exports/${exportId}`);
    if (state === "done") return url;
    if (state === "failed") throw new Error(`The export failed: ${error}`);
    if (percent) onPercent(percent);
    await pause(POLL_MS);
  }
}

/** Show a progress bar, then the link to the file, in the element. */
async function run(deviceId, selection, node) {
  // A bar without a value moves by itself: the job may have to wait for its turn.
  const bar = make("progress", { class: "qlines-progress", max: 100, "aria-label": "Progress of the export" });
  node.replaceChildren("Preparing the file… ", bar);
  try {
    const url = await finishedUrl(await requested(deviceId, selection), (percent) => (bar.value = percent));
    node.replaceChildren("The file is ready: ", make("a", { href: url, download: "", id: "export-link" }, "download the CSV"), ".");
  } catch (error) {
    node.replaceChildren();
    failed(error);
  }
}

const NO_KEY = "Choose a key above: the file has the keys of the chart.";

/** Wire the button; selection() returns { keys, from, to }, what the chart shows (milliseconds). */
export function deviceExport(deviceId, selection) {
  const button = byId("export");
  button.addEventListener("click", async () => {
    const chosen = selection();
    // The API would take an empty list for "all keys".
    if (!chosen.keys.length) return byId("export-text").replaceChildren(NO_KEY);
    button.disabled = true;
    await run(deviceId, chosen, byId("export-text"));
    button.disabled = false;
  });
}
