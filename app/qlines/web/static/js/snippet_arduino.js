// The sketch for an ESP32 with the Arduino IDE and the library PubSubClient.

/** Return the sketch; server is {hostname, port, isTls}. */
export const sketch = (server, token, topic) => [head(server, token), setup(server), loop(topic)].join("\n\n");

function head({ hostname, port, isTls }, token) {
  return `#include <WiFi.h>
${isTls ? "#include <WiFiClientSecure.h>\n" : ""}#include <PubSubClient.h>

const char *WIFI_NAME = "your network";
const char *WIFI_PASSWORD = "its password";
const char *TOKEN = ${JSON.stringify(token)};

${isTls ? "WiFiClientSecure" : "WiFiClient"} network;
PubSubClient mqtt("${hostname}", ${port}, network);`;
}

function setup({ isTls }) {
  const trust = isTls ? "\n  network.setInsecure();  // encrypted; setCACert() checks the server too" : "";
  return `void setup() {
  Serial.begin(115200);
  WiFi.begin(WIFI_NAME, WIFI_PASSWORD);
  while (WiFi.status() != WL_CONNECTED) delay(500);${trust}
}`;
}

function loop(topic) {
  return `void loop() {
  String client = "esp32-" + WiFi.macAddress();  // two boards with one name would disconnect each other
  if (!mqtt.connected() && !mqtt.connect(client.c_str(), TOKEN, nullptr)) {
    Serial.printf("no connection: %d\\n", mqtt.state());
    delay(5000);
    return;
  }
  mqtt.loop();
  mqtt.publish("${topic}", "{\\"temperature\\": 21.5}");
  Serial.println("sent");
  delay(10000);
}`;
}
