// The page /welcome: takes the link's secret from behind the #, where no server and no log sees it.
import { byId } from "./dom.js";

const secret = location.hash.slice(1);
if (secret) {
  byId("secret").value = secret;
  // Out of the address: it must not stay in the history or get into a screenshot.
  history.replaceState(null, "", location.pathname);
}
