// Calls the API as the signed-in user and turns its errors into sentences.
import { noteServerTime } from "./time.js";

/**
 * An error of the API; status is the HTTP status, 0 when the server could not be reached. problem is the whole problem
 * document, {} without one: errors names the fields, [{field, reason}, …].
 */
export class ApiError extends Error {
  constructor(status, message, problem = {}) {
    super(message);
    this.status = status;
    this.problem = problem;
  }
}

const csrfToken = () => document.querySelector('meta[name="csrf-token"]')?.content ?? "";

/**
 * Return the parsed response, a text as it is, null when it has no body. onNotice(text) gets the server's notice
 * about missing data, "" without one. With *keepalive* the request is sent also when the page is left, a body of
 * 64 KB at most. *tag* is that of the version which one has seen: when it was changed since, status is 412; onTag(tag)
 * gets that of the answer, "" without one. Throw ApiError, or AbortError when the signal aborts.
 */
export async function call(path, { onNotice, onTag, ...options } = {}) {
  const response = await send(path, options);
  noteServerTime(response.headers.get("Date"));
  if (!response.ok) throw await errorOf(response);
  onNotice?.(header(response, "X-QLines-Notice"));
  onTag?.(header(response, "ETag"));
  return content(response);
}

const header = (response, name) => response.headers.get(name) ?? "";

async function content(response) {
  const text = await response.text();
  if (response.headers.get("Content-Type")?.startsWith("text/")) return text;
  return text ? JSON.parse(text) : null; // the HTTP API for devices answers with nothing at all
}

function headersOf(method, body, tag) {
  return {
    Accept: "application/json",
    ...(method !== "GET" && { "X-CSRFToken": csrfToken() }),
    ...(body !== undefined && { "Content-Type": "application/json" }),
    ...(tag && { "If-Match": tag }),
  };
}

async function send(path, { method = "GET", body, tag, signal, keepalive = false }) {
  try {
    return await fetch(path, { signal, keepalive, method, headers: headersOf(method, body, tag), body: body && JSON.stringify(body), credentials: "same-origin" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "The server cannot be reached.");
  }
}

async function errorOf(response) {
  const { status } = response;
  if (status === 401) return new ApiError(status, "You are signed out. Reload the page to sign in.");
  try {
    const problem = await response.json();
    return new ApiError(status, problem.detail, problem);
  } catch {
    return new ApiError(status, `The server answered with status ${status}.`);
  }
}
