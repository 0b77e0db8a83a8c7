// The page /devices/new?device=ID, second step: snippets with the token, and the wait for a value.
import { call } from "./api.js";
import { byId } from "./dom.js";
import { showFailure } from "./failure.js";
import { waitForFirstMessage } from "./first_message.js";
import { showSnippets } from "./snippets.js";
import { brokerAddress } from "./snippet_texts.js";
import { wireTestValue } from "./test_value.js";
import { refreshTimes } from "./time.js";

const { id } = byId("connect").dataset;

async function load() {
  try {
    const { token } = await call(`/api/devices/${id}`);
    showSnippets(byId("snippets"), token);
    wireTestValue(token);
  } catch (error) {
    showFailure(error, load);
  }
}

byId("checklist-address").textContent = brokerAddress();
load();
refreshTimes();
waitForFirstMessage(id);
