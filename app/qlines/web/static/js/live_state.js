// The badge that says how live the page is; while its values may be outdated they are paler.
import { byId, showText } from "./dom.js";

const OUTDATED = { isOutdated: true };

export const showLive = () => show("Live", "bg-green-lt");
export const showPolled = () => show("Updated every second", "bg-azure-lt");
export const showLost = () => show("Connection lost. Reconnecting…", "bg-yellow-lt", OUTDATED);
export const showSignedOut = () => show("Signed out. Reload the page.", "bg-red-lt", OUTDATED);

function show(text, colour, { isOutdated = false } = {}) {
  const badge = byId("live-state");
  showText(badge, text);
  badge.className = `badge ${colour}`;
  document.documentElement.toggleAttribute("data-outdated", isOutdated);
}
