// What the list of alarms shows: kept in the URL, so that reload, Back and a shared link show the same.
import { SEVERITIES } from "./alarm_words.js";

const STATUSES = ["active", "cleared", "historic", "all"];
const PER_PAGE = [25, 50, 100, 200];
const MAX_PAGE = 1_000_000;
const MAX_TEXT = 200;
const ID = /^[0-9a-f]{24}$/;

/** The orders that can be chosen, as the API has them: name ▶ [sort, order, words]. */
export const ORDERS = {
  newest: ["started", "desc", "Newest first"],
  oldest: ["started", "asc", "Oldest first"],
  severity: ["severity", "desc", "Most severe first"],
  device: ["device", "asc", "By device"],
};

const DEFAULTS = { page: 1, per_page: 50, sorted: "newest", status: "active", severity: "", rule: "", device: "", acknowledged: "", search: "" };
/** The part of the state without any filter. */
export const NO_FILTERS = { page: 1, status: "active", severity: "", rule: "", device: "", acknowledged: "", search: "" };

const oneOf = (choices, value, otherwise) => (choices.includes(value) ? value : otherwise);
const isPage = (page) => Number.isInteger(page) && page > 0 && page <= MAX_PAGE;
const idIn = (text) => (ID.test(text ?? "") ? text : "");

/** Return the state in the URL; an invalid part is replaced by its default. */
export function readUrl(query = window.location.search) {
  const given = new URLSearchParams(query);
  const page = Number(given.get("page"));
  return {
    page: isPage(page) ? page : DEFAULTS.page,
    per_page: oneOf(PER_PAGE, Number(given.get("per_page")), DEFAULTS.per_page),
    sorted: oneOf(Object.keys(ORDERS), given.get("sorted"), DEFAULTS.sorted),
    status: oneOf(STATUSES, given.get("status"), DEFAULTS.status),
    severity: oneOf(Object.keys(SEVERITIES), given.get("severity"), ""),
    rule: idIn(given.get("rule")),
    device: idIn(given.get("device")),
    acknowledged: oneOf(["true", "false"], given.get("acknowledged"), ""),
    search: (given.get("search") ?? "").slice(0, MAX_TEXT),
  };
}

/** Return the URL of the page that shows this, without what is the default. */
export function pageUrl(state, path = window.location.pathname) {
  const changed = Object.entries(state).filter(([name, value]) => value !== DEFAULTS[name]);
  const query = new URLSearchParams(changed).toString();
  return query ? `${path}?${query}` : path;
}

/** Write the state to the URL: as a step that Back returns from, or in place of the last one. */
export function writeUrl(state, { isStep = true } = {}) {
  if (isStep) window.history.pushState(null, "", pageUrl(state));
  else window.history.replaceState(null, "", pageUrl(state));
}

/** Return the URL of the API that returns this page of alarms. */
export function listUrl({ sorted, ...state }) {
  const [sort, order] = ORDERS[sorted];
  const given = Object.entries({ ...state, sort, order }).filter(([, value]) => value !== "");
  return `/api/alarms?${new URLSearchParams(given)}`;
}

/** Return whether a filter narrows the list. */
export const isFiltered = (state) => Object.keys(NO_FILTERS).some((name) => name !== "page" && state[name] !== NO_FILTERS[name]);
