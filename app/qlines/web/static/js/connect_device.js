// The page /devices/new?device=ID, second step: snippets with the token, and the wait for a value.
import { call } from "./api.js";
import { byId, showText } from "./dom.js";
import { waitForFirstMessage } from "./first_message.js";
import { showSnippets } from "./snippets.js";
import { brokerAddress } from "./snippet_texts.js";
import { refreshTimes } from "./time.js";

const { id } = byId("connect").dataset;

byId("checklist-address").textContent = brokerAddress();
call(`/api/devices/${id}`)
  .then((device) => showSnippets(byId("snippets"), device.token))
  .catch((error) => showText(byId("notice"), error.message));
refreshTimes();
waitForFirstMessage(id);
