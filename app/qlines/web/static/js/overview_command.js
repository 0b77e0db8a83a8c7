// The dialog "Send command": one command to all selected devices, and what becomes of it on each.
import { call } from "./api.js";
import { CommandResults } from "./command_results.js";
import { parameterFields } from "./control_inputs.js";
import { sendOnce } from "./control_sending.js";
import { byId, make, wireCloseButtons } from "./dom.js";
import { FreeFields } from "./free_command.js";
import { failed } from "./toast.js";

const PER_REQUEST = 50; // few enough that the progress is seen
const dialog = () => byId("send-dialog");

/** Return the tags that all of these rows have. */
export const commonTags = (rows) => rows.map(({ tags }) => tags).reduce((common, tags) => common.filter((tag) => tags.includes(tag)));

/** Return the controls of tags that all of the devices have. */
async function commonControls(rows) {
  const lists = await Promise.all(commonTags(rows).map((tag) => call(`/api/controls?tag=${encodeURIComponent(tag)}`)));
  return lists.flat();
}

export class CommandDialog {
  #free = new FreeFields("send");
  #results = new CommandResults();
  #rows = []; // {id, name} of the devices
  #controls = [];
  #body = () => null;

  constructor() {
    wireCloseButtons(dialog());
    dialog().addEventListener("close", () => this.#results.stop());
    byId("send-what").addEventListener("change", () => this.#showFields());
    byId("send-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
  }

  /** Ask what is sent to these devices, rows of the overview. */
  async open(rows) {
    this.#controls = await commonControls(rows);
    this.#rows = rows;
    const options = this.#controls.map(({ label, tag }, at) => make("option", { value: at }, `${label} (tag ${tag})`));
    byId("send-what").replaceChildren(...options, make("option", { value: "" }, "Any method"));
    byId("send-submit").textContent = rows.length === 1 ? "Send to 1 device" : `Send to ${rows.length.toLocaleString()} devices`;
    this.#showFields();
    this.#showStep("form");
    dialog().showModal();
  }

  #showStep(step) {
    byId("send-form").hidden = step !== "form";
    byId("send-outcome").hidden = step === "form";
    byId("send-problem").hidden = true;
  }

  #showFields() {
    const control = this.#controls[byId("send-what").value || NaN];
    byId("send-free").hidden = Boolean(control);
    const fields = control && parameterFields(control);
    byId("send-fields").replaceChildren(...(fields?.nodes ?? []));
    this.#body = fields ? () => ({ control: control.id, values: fields.values() }) : () => this.#free.body();
  }

  #submit() {
    const body = byId("send-form").reportValidity() && this.#body();
    if (!body) return;
    this.#showStep("outcome");
    byId("send-title").focus(); // the button hides itself, and the focus would be lost
    this.#attempt(body, this.#rows);
  }

  /** While it is sent, the dialog may be closed, and opened for other devices. */
  #attempt(body, rows) {
    byId("send-problem").hidden = true;
    const run = this.#results.start(rows);
    this.#send(body, rows, run).catch((error) => {
      if (this.#results.isShown(run)) this.#showProblem(error, () => this.#attempt(body, rows));
      else failed(error);
    });
  }

  #showProblem({ message }, retry) {
    const again = make("button", { class: "btn btn-sm", type: "button", on: { click: retry } }, "Try again");
    byId("send-problem").replaceChildren(make("span", {}, `${message} No device gets it twice. `), again);
    byId("send-problem").hidden = false;
  }

  /** Send in parts, one after the other. */
  async #send(body, rows, run) {
    const prefix = body.control ?? "free";
    await sendOnce(prefix, body, async (whole) => {
      for (let start = 0; start < rows.length; start += PER_REQUEST) {
        const devices = rows.slice(start, start + PER_REQUEST).map(({ id }) => id);
        this.#results.note(run, await call("/api/commands", { method: "POST", body: { ...whole, devices } }));
      }
    });
    this.#results.follow(run);
  }
}
