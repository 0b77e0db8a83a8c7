// Whether this browser shows what is pushed to it, and how it begins and ends to.
import { call } from "./api.js";

const WORKER = "/service-worker.js";
// iPads say that they are Macs, which have no touch screen.
const isApple = /iPhone|iPad|iPod/.test(navigator.userAgent) || (/Mac/.test(navigator.platform) && navigator.maxTouchPoints > 1);

/** Return why this browser cannot show messages: "insecure", "install" (as an app, first), "unsupported", "denied", or "". */
export function obstacle() {
  if (!window.isSecureContext) return "insecure";
  const isAble = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  if (!isAble) return isApple ? "install" : "unsupported";
  return Notification.permission === "denied" ? "denied" : "";
}

/** Return whether something can be pushed to this browser, as far as it knows. */
export const isSubscribed = async () => Boolean(await subscription());

async function subscription() {
  const registration = await navigator.serviceWorker.getRegistration("/");
  return registration?.pushManager.getSubscription();
}

/** Ask for the permission, and let the server push to this browser; only for a press, else browsers do not ask. */
export async function subscribe() {
  const permission = await Notification.requestPermission();
  if (permission !== "granted") throw new Error("The browser was not allowed to show messages. Press again and choose “Allow”.");
  const registration = await navigator.serviceWorker.register(WORKER, { scope: "/" });
  await navigator.serviceWorker.ready;
  await (await registration.pushManager.getSubscription())?.unsubscribe(); // it may have the key of another server
  const { key } = await call("/api/push/key");
  const made = await registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  return save(made);
}

async function save(made) {
  const { endpoint, keys } = made.toJSON();
  try {
    return await call("/api/push/subscriptions", { method: "POST", body: { endpoint, keys } });
  } catch (error) {
    await made.unsubscribe(); // the server does not know it
    throw error;
  }
}

/** Let nothing be pushed to this browser any more. */
export async function unsubscribe(channel) {
  await call(`/api/channels/${channel}`, { method: "DELETE" });
  await (await subscription())?.unsubscribe();
}
