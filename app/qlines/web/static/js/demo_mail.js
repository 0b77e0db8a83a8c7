// The page /demo/mail: shows new mails by itself.
import { refreshTimes } from "./time.js";

const RELOAD_MS = 30_000;

refreshTimes();
setInterval(() => document.hidden || window.location.reload(), RELOAD_MS);
