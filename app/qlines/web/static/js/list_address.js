// The list of devices as this tab showed it last: the page of a device leads back to it.
import { keepInTab, keptInTab } from "./kept.js";

const NAME = "list";

/** Note what the list shows, the query of its address. */
export const noteList = () => keepInTab(NAME, window.location.search);

/** Return the address of the list as it was, or of the whole list. */
export const listUrl = () => `/devices${keptInTab(NAME) ?? ""}`;
