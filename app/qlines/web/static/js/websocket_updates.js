// Live readings: by Socket.IO, and by asking once a second when the socket is not to be had.
import { byId, showText } from "./dom.js";

const POLL_MS = 1000;
const SAY_LOST_AFTER_MS = 1000; // a hiccup is no news
// What came after the page's fetch and before the pushes began is in neither: it is fetched then.
const FETCH_AGAIN_MS = 1000;

/**
 * Follow devices. onReadings({device, values: {key: [[ts, value], …]}}) gets what is pushed;
 * refetch("connect") is called after every connect, because the server keeps no events and what was
 * missed must be fetched; refetch("watch") a second after more is followed, for what fell between;
 * refetch("poll") once a second while there is no socket. Return { watch(ids) }, which replaces what
 * is followed.
 */
export function follow({ onReadings, refetch }) {
  const state = byId("live-state");
  const socket = io({ tryAllTransports: true, reconnectionDelayMax: 5000 });
  let watched = null; // nothing was asked for yet
  let lostTimer = null;
  let isLive = false;
  let isOver = false;

  function say(text, colour) {
    showText(state, text);
    state.className = `badge ${colour}`;
  }

  async function watchAll() {
    if (watched === null) return false;
    if (!watched.length) return true;
    const answer = await socket.timeout(5000).emitWithAck("watch", { devices: watched });
    return answer.ok;
  }

  async function nowLive() {
    try {
      isLive = await watchAll();
    } catch {
      isLive = false; // no acknowledgement in time
    }
    if (!isLive) return;
    clearTimeout(lostTimer);
    lostTimer = null;
    say("Live", "bg-green-lt");
  }

  function lost() {
    isLive = false;
    lostTimer ??= setTimeout(() => isOver || say("Connection lost. Reconnecting…", "bg-yellow-lt"), SAY_LOST_AFTER_MS);
  }

  function signedOut() {
    isOver = true;
    socket.disconnect();
    say("Signed out. Load the page again.", "bg-red-lt");
  }

  socket.on("connect", async () => {
    await nowLive();
    refetch("connect").catch(() => {}); // its own error is shown where it belongs
  });
  socket.on("disconnect", (reason) => (reason === "io server disconnect" ? signedOut() : lost()));
  socket.on("connect_error", (error) => (error.message === "signed out" ? signedOut() : lost()));
  socket.on("signed-out", signedOut);
  socket.on("readings", (message) => watched?.includes(message.device) && onReadings(message));
  poll({ isNeeded: () => !isLive && !isOver && !document.hidden, refetch, say, signedOut });

  return {
    async watch(ids) {
      const before = watched ?? [];
      const gone = before.filter((id) => !ids.includes(id));
      const isMore = ids.some((id) => !before.includes(id));
      watched = ids;
      if (isMore) setTimeout(() => refetch("watch").catch(() => {}), FETCH_AGAIN_MS);
      if (!socket.connected) return;
      if (gone.length) socket.emit("unwatch", { devices: gone });
      await nowLive();
    },
  };
}

/** Ask once a second for as long as it is needed; each turn begins after the last one has ended. */
function poll({ isNeeded, refetch, say, signedOut }) {
  setTimeout(async () => {
    if (isNeeded()) {
      try {
        await refetch("poll");
        if (isNeeded()) say("Updated every second", "bg-azure-lt");
      } catch (error) {
        if (error.status === 401) signedOut();
        else say("Connection lost. Reconnecting…", "bg-yellow-lt");
      }
    }
    poll({ isNeeded, refetch, say, signedOut });
  }, POLL_MS);
}
