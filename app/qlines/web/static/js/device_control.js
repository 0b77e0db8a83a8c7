// The cards "Control" and "Commands" of a device's page: its controls, a free command, and what became of each command.
import { CommandFeed } from "./command_feed.js";
import { CommandLog } from "./command_log.js";
import { ControlEditor } from "./control_editor.js";
import { ControlList } from "./control_list.js";
import { sendOnce } from "./control_sending.js";
import { byId } from "./dom.js";
import { FreeFields } from "./free_command.js";
import { done, failed } from "./toast.js";

function wireFreeCommand(feed) {
  const fields = new FreeFields("free-command");
  const send = async () => {
    const body = fields.body();
    if (body === null) return;
    const { method } = await sendOnce("free", body, (whole) => feed.send(whole));
    done(`${method} is among the commands below.`);
  };
  byId("free-command-form").addEventListener("submit", (event) => {
    event.preventDefault();
    send().catch(failed);
  });
}

function commandFeed(id, isHeard, { log, list }) {
  const feed = new CommandFeed(id, {
    isInOrder: () => byId("commands-in-order").checked,
    isHeard,
    onCommands: (commands) => {
      log().show(commands);
      list().showCommands(commands.newest);
    },
    onFailure: (error) => log().showFailure(error, () => feed.refresh()),
  });
  return feed;
}

/**
 * Fill the cards and keep them current; isHeard() says whether a server says what changes. Return noteChange() for
 * a change of the commands, refresh(), and showReported(attributes) for what the device reports, {key: {value, since}}.
 */
export function deviceControl(id, { isHeard }) {
  const feed = commandFeed(id, isHeard, { log: () => log, list: () => list });
  const log = new CommandLog({ onCancel: (command) => feed.cancel(command).catch(failed), onTurn: (by) => feed.turn(by) });
  const list = new ControlList(feed);
  const controls = JSON.parse(byId("control").dataset.controls);
  let reportedKeys = [];
  list.show(controls);
  new ControlEditor(id, controls, { reportedKeys: () => reportedKeys, onChanged: (changed) => list.show(changed) });
  wireFreeCommand(feed);
  feed.refresh();
  const showReported = (reported) => {
    reportedKeys = Object.keys(reported);
    list.showReported(reported);
  };
  return { noteChange: feed.noteChange, refresh: () => feed.refresh(), showReported };
}
