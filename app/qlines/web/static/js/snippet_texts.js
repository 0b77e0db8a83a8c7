// The texts of the snippets: each sends one value, with the real address and the real token in it.
import { sketch } from "./snippet_arduino.js";

const TOPIC = "v1/devices/me/telemetry";
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];
const JSON_TEXT = '{"temperature": 21.5}';

const inShell = (text) => `'${text.replaceAll("'", "'\\''")}'`;
const inCode = (text) => JSON.stringify(text); // Python, C and JavaScript agree on printable ASCII

function server() {
  const { protocol, hostname, host } = window.location;
  const port = document.querySelector("meta[name=qlines-mqtt-port]").content;
  return { hostname, port, isTls: protocol === "https:", origin: `${protocol}//${host}` };
}

/** Return the broker's address as the page knows it, such as "example.com:8883". */
export const brokerAddress = () => `${server().hostname}:${server().port}`;

/** Return whether the address in the snippets is valid on this computer only. */
export const isOnlyHere = () => LOOPBACK.includes(window.location.hostname);

const httpUrl = (token) => `${server().origin}/api/v1/${encodeURIComponent(token)}/telemetry`;

function curl(token) {
  return `curl -X POST ${inShell(httpUrl(token))} -H 'Content-Type: application/json' -d ${inShell(JSON_TEXT)}`;
}

/** Return a request for the token of a new device, with the key and the secret of its product. */
export function provisionRequest(key, secret) {
  const body = JSON.stringify({ deviceName: "Meter 4711", provisionDeviceKey: key, provisionDeviceSecret: secret });
  return `curl -X POST ${inShell(`${server().origin}/api/v1/provision`)} -H 'Content-Type: application/json' -d ${inShell(body)}`;
}

function mosquitto(token) {
  const { hostname, port, isTls } = server();
  // Behind the proxy the broker speaks TLS; mosquitto_pub uses it only with a trust store.
  const trust = isTls ? " --capath /etc/ssl/certs" : "";
  return `mosquitto_pub -h ${hostname} -p ${port}${trust} -q 1 -u ${inShell(token)} -t ${TOPIC} -m ${inShell(JSON_TEXT)}`;
}

function python(token) {
  const { hostname, port, isTls } = server();
  return `import json
import paho.mqtt.publish as publish

publish.single(
    "${TOPIC}",
    json.dumps({"temperature": 21.5}),
    qos=1,
    hostname="${hostname}",
    port=${port},
    auth={"username": ${inCode(token)}},${isTls ? "\n    tls={}," : ""}
)
print("sent")`;
}

function node(token) {
  return `const response = await fetch(${inCode(httpUrl(token))}, {
  method: "POST",
  headers: { "Content-Type": "application/json" },
  body: JSON.stringify({ temperature: 21.5 }),
});
console.log(response.ok ? "sent" : await response.text());`;
}

function thingsBoard(token) {
  const { hostname, port, isTls } = server();
  return `from tb_device_mqtt import TBDeviceMqttClient

# Only the host has changed: it was "thingsboard.cloud", for example.
client = TBDeviceMqttClient("${hostname}", port=${port}, username=${inCode(token)})
client.connect(${isTls ? "tls=True" : ""})
client.send_telemetry({"temperature": 21.5}).get()
client.disconnect()`;
}

/** Return the snippets for this token, the simplest first. */
export function snippets(token) {
  return [
    { id: "curl", label: "curl", hint: "Paste it into a terminal.", code: curl(token) },
    { id: "mqtt", label: "mosquitto_pub", hint: "Paste it into a terminal. On Debian, mosquitto_pub is in the package mosquitto-clients.", code: mosquitto(token) },
    { id: "python", label: "Python", hint: "Save it as send.py, run: pip install paho-mqtt, then: python send.py", code: python(token) },
    { id: "arduino", label: "Arduino / ESP32", hint: "Install the library PubSubClient and enter your Wi-Fi; the sketch sends every 10 seconds.", code: sketch(server(), token, TOPIC) },
    { id: "node", label: "Node.js", hint: "Save it as send.mjs, then run: node send.mjs (version 18 or later)", code: node(token) },
    { id: "thingsboard", label: "ThingsBoard SDK", hint: "Just change the host and the token. Run: pip install tb-mqtt-client", code: thingsBoard(token) },
  ];
}
