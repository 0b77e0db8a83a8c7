// The cards "Control" and "Commands" of a device's page: its controls, a free command, and what became of each command.
import { CommandFeed } from "./command_feed.js";
import { CommandLog } from "./command_log.js";
import { ControlEditor } from "./control_editor.js";
import { ControlList } from "./control_list.js";
import { sendOnce } from "./control_sending.js";
import { byId } from "./dom.js";
import { FreeFields } from "./free_command.js";
import { done, failed } from "./toast.js";

const { id } = byId("device").dataset;
const card = byId("control");
const feed = new CommandFeed(id, {
  isInOrder: () => byId("commands-in-order").checked,
  onCommands: (commands) => {
    log.show(commands);
    list.showCommands(commands.items);
  },
  onFailure: (error) => log.showFailure(error, () => feed.refresh()),
});
const log = new CommandLog({ onCancel: (command) => feed.cancel(command).catch(failed), onOlder: () => feed.showOlder() });
const list = new ControlList(feed);

function wireFreeCommand() {
  const fields = new FreeFields("free-command");
  byId("free-command-form").addEventListener("submit", (event) => {
    event.preventDefault();
    send(fields).catch(failed);
  });
}

async function send(fields) {
  const body = fields.body();
  if (body === null) return;
  const { method } = await sendOnce("free", body, (whole) => feed.send(whole));
  done(`${method} is among the commands below.`);
}

const controls = JSON.parse(card.dataset.controls);
list.show(controls);
new ControlEditor(id, controls, { onChanged: (changed) => list.show(changed) });
wireFreeCommand();
feed.refresh();
