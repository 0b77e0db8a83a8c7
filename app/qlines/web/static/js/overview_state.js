// What the overview shows: kept in the URL, so that reload, Back and a shared link show the same.

const DEFAULTS = { page: 1, per_page: 50, sort: "name", order: "asc", search: "", status: "", tag: "" };
const PER_PAGE = [25, 50, 100, 200];
const SORT_FIELDS = ["name", "last_seen", "status"];
const STATUSES = ["online", "offline", "never"];
const MAX_PAGE = 1_000_000;
const MAX_SEARCH_CHARACTERS = 200;
const MAX_TAG_CHARACTERS = 64;

/** The part of the state without any filter. */
export const NO_FILTERS = { search: "", status: "", tag: "", page: 1 };

const isPage = (page) => Number.isInteger(page) && page > 0 && page <= MAX_PAGE;
const oneOf = (choices, value, otherwise) => (choices.includes(value) ? value : otherwise);

/** Return the state in the URL; an invalid part is replaced by its default. */
export function readUrl(search = window.location.search) {
  const query = new URLSearchParams(search);
  const page = Number(query.get("page"));
  return {
    page: isPage(page) ? page : DEFAULTS.page,
    per_page: oneOf(PER_PAGE, Number(query.get("per_page")), DEFAULTS.per_page),
    sort: oneOf(SORT_FIELDS, query.get("sort"), DEFAULTS.sort),
    order: oneOf(["desc"], query.get("order"), DEFAULTS.order),
    search: (query.get("search") ?? "").slice(0, MAX_SEARCH_CHARACTERS),
    status: oneOf(STATUSES, query.get("status"), DEFAULTS.status),
    tag: (query.get("tag") ?? "").slice(0, MAX_TAG_CHARACTERS),
  };
}

/** Return the URL of the page that shows this, without what is the default. */
export function pageUrl(state) {
  const changed = Object.entries(state).filter(([name, value]) => value !== DEFAULTS[name]);
  const query = new URLSearchParams(changed).toString();
  return query ? `${window.location.pathname}?${query}` : window.location.pathname;
}

/** Write the state to the URL: as a step that Back returns from, or in place of the last one. */
export function writeUrl(state, { isStep = true } = {}) {
  if (isStep) window.history.pushState(null, "", pageUrl(state));
  else window.history.replaceState(null, "", pageUrl(state));
}

/** Return the URL of the API that returns this page of devices. */
export const dataUrl = (state) => `/api/data?${new URLSearchParams(state)}`;

/** Return the filters as the API's export takes them. */
export const filtersOf = ({ search, status, tag }) => ({ search, tag, ...(status && { status }) });
