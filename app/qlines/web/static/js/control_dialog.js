// The dialog that defines one control.
import { hasPosition } from "./control_position.js";
import { ParameterRows } from "./control_parameter_rows.js";
import { byId, make, showText, wireCloseButtons } from "./dom.js";
import { parseParams } from "./free_command.js";

const NEW = { label: "", method: "", kind: "button", parameters: [], params: null, ask_first: false, one_way: false, expires_in_seconds: 3600, reported_key: "", tag: null };
const HINTS = {
  button: "One press sends the method, with the parameters below.",
  switch: "Switching sends true or false; with a name as an object, such as {\"open\": true}.",
  slider: "The chosen number is sent; with a name as an object, such as {\"speed\": 40}.",
  form: "All values are sent as an object, such as {\"speed\": 40, \"mode\": \"slow\"}.",
};
const field = (name) => byId(`control-${name}`);

/** Let the list have an option for the value, also when only the API has set it. */
function choose(select, value, text) {
  if (![...select.options].some((option) => option.value === String(value))) select.append(make("option", { value }, text));
  select.value = value;
}

export class ControlDialog {
  #rows = new ParameterRows();
  #save;
  #onSaved;

  constructor() {
    wireCloseButtons(byId("control-dialog"));
    field("kind").addEventListener("change", () => this.#showKind());
    byId("control-form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit().catch((error) => showText(field("error"), error.message));
    });
  }

  /** Ask for a new control, or a change of this one; *tags* and *reportedKeys* are the device's. save(body, tag) may throw. */
  open({ control = NEW, tags, reportedKeys, save, onSaved }) {
    [this.#save, this.#onSaved] = [save, onSaved];
    byId("control-dialog-title").textContent = control === NEW ? "Add a control" : `Change ${control.label}`;
    field("label").value = control.label;
    field("method").value = control.method;
    field("kind").value = control.kind;
    field("params").value = control.params === null ? "" : JSON.stringify(control.params);
    field("reported").value = control.reported_key;
    field("reported-keys").replaceChildren(...reportedKeys.map((value) => make("option", { value })));
    field("ask").checked = control.ask_first;
    field("answer").checked = !control.one_way;
    choose(field("expires"), control.expires_in_seconds, `${control.expires_in_seconds} seconds`);
    this.#showPlaces(tags, control.tag);
    this.#showKind(control.parameters);
    showText(field("error"), "");
    byId("control-dialog").showModal();
  }

  #showPlaces(tags, tag) {
    const options = [...new Set([...tags, tag])].filter((each) => each !== null).map((each) => make("option", { value: each }, `every device with the tag ${each}`));
    field("place").replaceChildren(make("option", { value: "" }, "this device only"), ...options);
    field("place").value = tag ?? "";
  }

  #showKind(parameters = []) {
    const kind = field("kind").value;
    this.#rows.show(kind, parameters);
    field("hint").textContent = HINTS[kind];
    field("params-part").hidden = kind !== "button";
    field("reported-part").hidden = !hasPosition(kind);
  }

  /** Return what the dialog says, as the API takes it, but for the device. */
  #typed() {
    const kind = field("kind").value;
    return {
      label: field("label").value,
      method: field("method").value,
      kind,
      parameters: this.#rows.typed(),
      reported_key: hasPosition(kind) ? field("reported").value.trim() : "",
      params: kind === "button" ? parseParams(field("params").value) : null,
      ask_first: field("ask").checked,
      one_way: !field("answer").checked,
      expires_in_seconds: Number(field("expires").value),
    };
  }

  async #submit() {
    const saved = await this.#save(this.#typed(), field("place").value || null);
    byId("control-dialog").close();
    this.#onSaved(saved);
  }
}
