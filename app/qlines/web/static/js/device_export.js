// The button "Export CSV": requests a file of what the chart shows, waits for it, and downloads it.
import { call } from "./api.js";
import { byId } from "./dom.js";

const POLL_MS = 1000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Return the URL of the finished file; throw an Error when the export failed. */
async function finishedUrl(exportId) {
  for (;;) {
    const { state, url, error } = await call(`/api/exports/${exportId}`);
    if (state === "done") return url;
    if (state === "failed") throw new Error(`The export failed: ${error}`);
    await pause(POLL_MS);
  }
}

async function exportUrl(deviceId, { keys, from, to }) {
  const body = { device: deviceId, keys, from: Math.round(from), to: Math.round(to), format: "csv" };
  const { id } = await call("/api/exports", { method: "POST", body });
  return finishedUrl(id);
}

/** Wire the button; selection() returns { keys, from, to }, what the chart shows (milliseconds). */
export function deviceExport(deviceId, selection) {
  const button = byId("export");
  const text = byId("export-text");
  button.addEventListener("click", async () => {
    button.disabled = true;
    text.textContent = "Preparing the file…";
    try {
      const url = await exportUrl(deviceId, selection());
      text.textContent = "The file is ready.";
      window.location.assign(url);
    } catch (error) {
      text.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  });
}
