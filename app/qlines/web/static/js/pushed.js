// What was pushed is newer than what the server answers: for a moment an answer may not contain it.
import { nowMs } from "./time.js";

const AHEAD_MS = 5000;

/** Return whether a device that was seen by a push at that time was seen later than the server's answer says. */
export const isSeenLater = (pushedMs, answeredMs) => pushedMs > (answeredMs ?? 0) && nowMs() - pushedMs < AHEAD_MS;
