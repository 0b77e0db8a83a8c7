// The service worker: shows what is pushed to this browser, also while no page of ours is open. It keeps no pages:
// without the server they could only show what is no longer so.

const ALARMS = "/alarms";
const FALLBACK = { title: "QLines", body: "Something has changed. Open QLines to see what.", path: ALARMS, tag: "", type: "", severity: "" };
const OPEN = ["alarm.raised", "alarm.severity", "alarm.escalation", "alarm.reminder", "alarm.restored", "alarm.assigned"]; // messages about an alarm that can be acknowledged

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => event.waitUntil(show(messageIn(event.data))));
self.addEventListener("notificationclick", (event) => event.waitUntil(press(event)));
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(subscribeAgain(event)));

/** Return what was pushed; browsers revoke the permission of who shows nothing, so what cannot be read shows a fallback. */
function messageIn(data) {
  try {
    return { ...FALLBACK, ...data.json() };
  } catch {
    return FALLBACK;
  }
}

/** Show a message; a later one with the same tag, which is about the same alarm, replaces it and rings again. */
function show({ title, body, path, tag, type, severity }) {
  const actions = OPEN.includes(type) && alarmIn(path) ? [{ action: "acknowledge", title: "Acknowledge" }] : [];
  return self.registration.showNotification(title, {
    body,
    icon: "/static/icons/icon-192.png",
    badge: "/static/icons/badge-96.png",
    data: { path },
    requireInteraction: severity === "critical",
    ...(tag ? { tag, renotify: true } : {}), // without a tag, to renotify is an error
    actions,
  });
}

/** Return the id of the alarm whose page that is, or undefined. */
const alarmIn = (path) => path.match(/^\/alarms\/([0-9a-f]+)$/)?.[1];

async function press({ action, notification }) {
  notification.close();
  const { path } = notification.data;
  if (action !== "acknowledge") return open(path);
  const problem = await acknowledge(alarmIn(path));
  if (!problem) return undefined;
  const title = `Not acknowledged: ${notification.title}`;
  return show({ ...FALLBACK, title, body: `${problem} Press to open it.`, path, tag: notification.tag });
}

/** Open the page in a window of ours, or in a new one. */
async function open(path) {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const shown = windows.find(({ url }) => new URL(url).pathname === path);
  return shown ? shown.focus() : self.clients.openWindow(path);
}

/** Acknowledge an alarm as the person who is signed in here; return why that failed, "" when it did not. */
async function acknowledge(alarm) {
  try {
    const answer = await post(`/api/alarms/${alarm}/acknowledge`);
    if (answer.ok) return "";
    return answer.status === 401 ? "You are signed out." : (await answer.json()).detail;
  } catch {
    return "The server cannot be reached.";
  }
}

async function post(path, body) {
  const token = await fetch("/api/csrf-token");
  if (!token.ok) return token;
  const headers = { Accept: "application/json", "X-CSRFToken": (await token.json()).token };
  if (body) headers["Content-Type"] = "application/json";
  return fetch(path, { method: "POST", headers, body: body && JSON.stringify(body) });
}

/** The browser has another address for pushes from now on. */
async function subscribeAgain({ oldSubscription, newSubscription }) {
  const options = oldSubscription?.options ?? (await currentOptions());
  const subscription = newSubscription ?? (await self.registration.pushManager.subscribe(options));
  const { endpoint, keys } = subscription.toJSON();
  await post("/api/push/subscriptions", { endpoint, keys });
}

async function currentOptions() {
  const { key } = await (await fetch("/api/push/key")).json();
  return { userVisibleOnly: true, applicationServerKey: key };
}
