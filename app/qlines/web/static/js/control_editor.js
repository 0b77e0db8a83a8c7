// The dialog "Controls": adds, changes, moves and removes the controls of the device, and of its tags.
import { call } from "./api.js";
import { confirmed } from "./confirm.js";
import { ControlDialog } from "./control_dialog.js";
import { byId, make, showText, wireCloseButtons } from "./dom.js";
import { failed } from "./toast.js";

const KINDS = { button: "Button", switch: "Switch", slider: "Slider", form: "Form" };

/** Return [control, order] of those whose order differs once the control at *from* stands at *to*. */
export function reordered(controls, from, to) {
  const moved = controls.filter((control, at) => at !== from);
  moved.splice(to, 0, controls[from]);
  let last = -1;
  // Orders must rise, also where two controls had the same one.
  const orders = controls.map(({ order }) => (last = Math.max(order, last + 1)));
  return moved.map((control, at) => [control, orders[at]]).filter(([control, order]) => control.order !== order);
}

export class ControlEditor {
  #deviceId;
  #controls;
  #tags = [];
  #reportedKeys;
  #onChanged;
  #dialog = new ControlDialog();

  /** reportedKeys() returns the keys of the attributes that the device reports; onChanged(controls) is called after each change. */
  constructor(deviceId, controls, { reportedKeys, onChanged }) {
    this.#reportedKeys = reportedKeys;
    this.#deviceId = deviceId;
    this.#controls = controls;
    this.#onChanged = onChanged;
    wireCloseButtons(byId("controls-dialog"));
    byId("controls-open").addEventListener("click", () => this.#open().catch(failed));
    byId("control-add").addEventListener("click", () => this.#edit());
  }

  /** The tags of the device may have changed since the page was loaded. */
  async #open() {
    showText(byId("controls-error"), "");
    this.#tags = (await call(`/api/devices/${this.#deviceId}`)).tags;
    await this.#reload();
    byId("controls-dialog").showModal();
  }

  async #reload() {
    this.#controls = await call(`/api/controls?device=${this.#deviceId}`);
    const empty = make("li", { class: "list-group-item text-secondary" }, "None yet.");
    const items = this.#controls.map((control, at) => this.#item(control, at));
    byId("controls-list").replaceChildren(...(items.length ? items : [empty]));
    this.#onChanged(this.#controls);
  }

  #item(control, at) {
    const { label, kind, method, tag } = control;
    const button = (action, text, name, click, isOff = false) => make("button", {
      class: "btn btn-sm", type: "button", "aria-label": `${name} ${label}`, "data-action": action, disabled: isOff, on: { click } }, text);
    const place = tag === null ? "this device" : `tag ${tag}`;
    return make("li", { class: "list-group-item qlines-item flex-wrap", "data-control": control.id },
      make("div", { class: "qlines-break" }, make("strong", {}, label), make("div", { class: "text-secondary" }, `${KINDS[kind]}, ${method}, ${place}`)),
      make("div", { class: "btn-list" },
        button("up", "↑", "Move up", () => this.#attempt(() => this.#move(at, at - 1, "up")), at === 0),
        button("down", "↓", "Move down", () => this.#attempt(() => this.#move(at, at + 1, "down")), at === this.#controls.length - 1),
        button("edit", "Change", "Change", () => this.#edit(control)),
        button("remove", "Remove", "Remove", () => this.#attempt(() => this.#remove(control)))));
  }

  #edit(control) {
    const save = async (body, tag) => {
      const place = tag === null ? { device: this.#deviceId } : { tag };
      const [method, path] = control ? ["PATCH", `/api/controls/${control.id}`] : ["POST", "/api/controls"];
      const { id } = await call(path, { method, body: { ...body, ...place } });
      await this.#reload();
      return id;
    };
    this.#dialog.open({ control, tags: this.#tags, reportedKeys: this.#reportedKeys(), save, onSaved: (id) => focusAction(id, "edit") });
  }

  async #move(from, to, action) {
    const { id } = this.#controls[from];
    for (const [control, order] of reordered(this.#controls, from, to)) {
      await call(`/api/controls/${control.id}`, { method: "PATCH", body: { order } });
    }
    await this.#reload();
    focusAction(id, action);
  }

  async #remove(control) {
    const where = control.tag === null ? "" : ` from every device with the tag ${control.tag}`;
    const text = `It disappears${where}. Commands that it has sent stay.`;
    if (!(await confirmed(`Remove ${control.label}?`, text, "Remove"))) return;
    await call(`/api/controls/${control.id}`, { method: "DELETE" });
    await this.#reload();
    byId("control-add").focus();
  }

  /** A message about a failure would be behind this dialog. */
  #attempt(action) {
    showText(byId("controls-error"), "");
    action().catch((error) => showText(byId("controls-error"), error.message));
  }
}

/** The list was filled again: give the focus to the same button, or when that is off now to the one that changes. */
function focusAction(id, action) {
  const item = byId("controls-list").querySelector(`[data-control="${id}"]`);
  const buttons = [action, "edit"].map((name) => item?.querySelector(`[data-action=${name}]`));
  (buttons.find((button) => button && !button.disabled) ?? byId("control-add")).focus();
}
