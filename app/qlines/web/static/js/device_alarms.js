// The line of a device's page that says which alarms are active, and leads to them.
import { severityBadge } from "./alarm_words.js";
import { call } from "./api.js";
import { byId, make } from "./dom.js";
import { paced } from "./frames.js";
import { newestOf } from "./newest_answer.js";
import { socket } from "./page_socket.js";
import { timeNode } from "./time.js";

const NAMED = 3;

const alarmNode = ({ id, rule_name: rule, severity, started }) => make("span", { class: "qlines-break" },
  severityBadge(severity), " ", make("a", { href: `/alarms/${id}` }, rule), " ", make("span", { class: "text-secondary" }, timeNode(started)));

function show(deviceId, { items, total }) {
  const more = total > items.length ? [make("a", { href: `/alarms?device=${deviceId}` }, `all ${total.toLocaleString()} alarms`)] : [];
  byId("device-alarms").replaceChildren(make("strong", {}, total === 1 ? "1 active alarm:" : `${total.toLocaleString()} active alarms:`), ...items.map(alarmNode), ...more);
  byId("device-alarms").hidden = !total;
}

/** Show the active alarms of the device, now and whenever the server says that alarms have changed; return what fetches them. */
export function deviceAlarms(deviceId) {
  const query = new URLSearchParams({ device: deviceId, status: "active", sort: "severity", per_page: NAMED });
  const ask = newestOf(() => call(`/api/alarms?${query}`));
  const load = async () => {
    const answer = await ask();
    if (answer !== null) show(deviceId, answer);
  };
  socket.on("alarms", paced(() => load().catch(() => {}))); // the next fetch of the page shows why it failed
  return load;
}
