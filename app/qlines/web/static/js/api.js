// Calls the API as the signed-in user, and turns its errors into sentences.

import { noteServerTime } from "./time.js";

export class ApiError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const token = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/** Return the parsed answer (null for none); options: method, body, signal, and onNotice(text). */
export async function call(path, { method = "GET", body, signal, onNotice } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = token();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, signal, body: body && JSON.stringify(body), credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "The server cannot be reached.");
  }
  noteServerTime(answer.headers.get("Date"));
  if (!answer.ok) throw new ApiError(answer.status, await sentence(answer));
  onNotice?.(answer.headers.get("X-QLines-Notice") ?? "");
  return answer.status === 204 ? null : answer.json();
}

async function sentence(answer) {
  if (answer.status === 401) return "You are signed out. Load the page again to sign in.";
  try {
    return (await answer.json()).detail;
  } catch {
    return `The server answered ${answer.status}.`;
  }
}
