// The time zones that this browser knows, to choose from.
import { make } from "./dom.js";

/** Offer every zone after those that the list has already. */
export function offerZones(list) {
  const offered = new Set([...list.options].map(({ value }) => value));
  const others = (Intl.supportedValuesOf?.("timeZone") ?? []).filter((name) => !offered.has(name));
  list.append(...others.map((name) => make("option", {}, name)));
}
