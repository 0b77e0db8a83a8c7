// The page's one socket. LiveUpdates closes it while nobody sees the page.

const MAX_RECONNECTION_DELAY_MS = 5000;
export const ACK_TIMEOUT_MS = 5000;

export const socket = io({
  // Without the third, WebTransport: no server here speaks it, and browsers log each attempt.
  transports: ["polling", "websocket"],
  tryAllTransports: true,
  reconnectionDelayMax: MAX_RECONNECTION_DELAY_MS,
});

/** Ask for something about devices; return whether the server does it. */
export async function isGranted(event, devices) {
  try {
    return (await socket.timeout(ACK_TIMEOUT_MS).emitWithAck(event, { devices })).ok;
  } catch {
    return false; // no acknowledgement in time
  }
}
