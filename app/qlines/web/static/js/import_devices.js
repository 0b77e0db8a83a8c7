// The page /devices/import: reads a CSV file, shows what it would add and every error, then adds it.
import { call } from "./api.js";
import { byId, make, showText } from "./dom.js";
import { saveAs } from "./download.js";

const MAX_BYTES = 900_000; // the server takes 1 MiB, with the text as JSON

let attempts = 0; // what an older one is answered is about another file
let csv = "";
let failedCsv = ""; // the lines with errors, each with its error

const count = (number) => (number === 1 ? "1 device" : `${number.toLocaleString()} devices`);
const row = (...cells) => make("tr", {}, ...cells.map((cell) => make("td", { class: "qlines-break" }, cell)));
const send = (isDryRun) => call("/api/devices/import", { method: "POST", body: { csv, dry_run: isDryRun } });

byId("file").addEventListener("change", () => attempt(preview));
byId("import-failed").addEventListener("click", () => saveAs("lines with errors.csv", failedCsv, "text/csv"));
byId("import-form").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(add);
});

async function attempt(step) {
  const own = ++attempts;
  const isLast = () => own === attempts;
  showText(byId("import-error"), "");
  byId("import-submit").disabled = true;
  try {
    await step(isLast);
  } catch (error) {
    if (!isLast()) return;
    byId("import-text").textContent = "";
    showText(byId("import-error"), error.message);
    byId("import-submit").disabled = false; // try again
  }
}

async function preview(isLast) {
  reset();
  const [file] = byId("file").files;
  if (!file) return;
  if (file.size > MAX_BYTES) throw new Error(`The file may have at most 900 kB, this one has ${Math.ceil(file.size / 1000)} kB: import it in parts.`);
  byId("import-text").textContent = "Reading…";
  const text = await textOf(file);
  if (!isLast()) return;
  csv = text;
  const report = await send(true);
  if (isLast()) showReport(report);
}

async function textOf(file) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    throw new Error("The file must be text in UTF-8: save it as “CSV UTF-8” in the spreadsheet.");
  }
}

function reset() {
  csv = "";
  for (const id of ["import-actions", "import-done", "errors-table", "preview-table"]) byId(id).hidden = true;
  byId("import-submit").hidden = false;
}

function showReport({ added, skipped, error_count: errors, ...lists }) {
  const exists = skipped ? ` ${count(skipped)} exist already and stay as they are.` : "";
  byId("import-text").textContent = errors
    ? `${errors === 1 ? "1 line has an error" : `${errors.toLocaleString()} lines have errors`}. Nothing is added until the file has none.`
    : `${count(added)} will be added.${exists}`;
  byId("import-submit").textContent = `Add ${count(added)}`;
  byId("import-submit").disabled = errors > 0;
  byId("import-submit").hidden = added === 0;
  byId("import-actions").hidden = false;
  failedCsv = lists.failed_csv;
  showErrors(lists.errors, errors);
  showDevices(lists.devices, added);
}

function showErrors(errors, total) {
  byId("errors-caption").textContent = errors.length < total ? `The first ${errors.length} lines with errors` : "Lines with errors";
  byId("errors").replaceChildren(...errors.map(({ line, column, reason }) => row(String(line), column || "–", reason)));
  byId("errors-table").hidden = !errors.length;
  byId("import-failed").hidden = !errors.length;
}

function showDevices(devices, added) {
  const rows = devices.map(({ line, name, tags, gateway, has_token: hasToken }) =>
    row(String(line), name, tags.join(", "), gateway ? "yes" : "", hasToken ? "from the file" : "new"));
  byId("preview").replaceChildren(...rows);
  byId("preview-caption").textContent = devices.length < added ? `The first ${devices.length} new devices` : "New devices";
  byId("preview-table").hidden = !devices.length;
}

async function add() {
  const { added } = await send(false);
  byId("import-text").textContent = `${count(added)} ${added === 1 ? "was" : "were"} added.`;
  byId("import-submit").hidden = true;
  byId("import-done").hidden = false;
  byId("preview-table").hidden = true;
  byId("file").value = "";
}
