// The button "Export CSV": asks for a file of what the chart shows, waits, downloads it.
import { call } from "./api.js";
import { byId } from "./dom.js";

const POLL_MS = 1000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function finished(id) {
  for (;;) {
    const found = await call(`/api/exports/${id}`);
    if (found.state === "done") return found.url;
    if (found.state === "failed") throw new Error(`The export failed: ${found.error}`);
    await pause(POLL_MS);
  }
}

export function deviceExport(deviceId, shown) {
  const button = byId("export");
  const text = byId("export-text");
  button.addEventListener("click", async () => {
    const { keys, from, to } = shown();
    button.disabled = true;
    text.textContent = "The file is being made…";
    try {
      const body = { device: deviceId, keys, from: Math.round(from), to: Math.round(to), format: "csv" };
      const { id } = await call("/api/exports", { method: "POST", body });
      const url = await finished(id);
      text.textContent = "The file is ready.";
      window.location.assign(url);
    } catch (error) {
      text.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  });
}
