// Commands that send a first value, ready to copy, with the device's real token.
import { make } from "./dom.js";
import { copyButton } from "./copy.js";

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const MESSAGE = quoted('{"temperature": 21.5}');

/** Return [label, command] pairs for this token. */
export function commands(token) {
  const { protocol, hostname, host } = window.location;
  const mqttPort = document.querySelector("meta[name=qlines-mqtt-port]").content;
  // Behind the proxy the broker speaks TLS as well; mosquitto_pub uses it only with a trust store.
  const trust = protocol === "https:" ? " --capath /etc/ssl/certs" : "";
  const url = `${protocol}//${host}/api/v1/${encodeURIComponent(token)}/telemetry`;
  return [
    ["HTTP", `curl -X POST ${quoted(url)} -H 'Content-Type: application/json' -d ${MESSAGE}`],
    ["MQTT", `mosquitto_pub -h ${hostname} -p ${mqttPort}${trust} -q 1 -u ${quoted(token)} -t v1/devices/me/telemetry -m ${MESSAGE}`],
  ];
}

/** Fill the element with the commands for this token. */
export function showSnippets(node, token) {
  node.replaceChildren(...commands(token).flatMap(([label, command]) => snippet(label, command)));
}

function snippet(label, command) {
  const button = make("button", { class: "btn btn-sm", type: "button", "aria-label": `Copy the command for ${label}` }, "Copy");
  copyButton(button, () => command);
  return [
    make("div", { class: "text-secondary mb-1" }, label),
    make("div", { class: "qlines-snippet" }, make("pre", { tabindex: "0" }, command), button),
  ];
}
