// The page's one socket. LiveUpdates closes it while nobody sees the page.

const MAX_RECONNECTION_DELAY_MS = 5000;
export const ACK_TIMEOUT_MS = 5000;

export const socket = io({
  // Without the third, WebTransport: no server here speaks it, and browsers log each attempt.
  transports: ["polling", "websocket"],
  tryAllTransports: true,
  reconnectionDelayMax: MAX_RECONNECTION_DELAY_MS,
});

// For the bell, which pages without a socket have too. It comes after each connect, as alarms may have changed before.
socket.on("alarms", () => document.dispatchEvent(new Event("alarms-changed")));

/** Ask for something about devices; return whether the server does it. */
export async function isGranted(event, devices) {
  try {
    return (await socket.timeout(ACK_TIMEOUT_MS).emitWithAck(event, { devices })).ok;
  } catch {
    return false; // no acknowledgement in time
  }
}
