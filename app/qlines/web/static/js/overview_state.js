// What the overview shows: kept in the URL, so that reload, Back and a shared link show the same.

const DEFAULTS = { page: 1, per_page: 50, sort: "name", order: "asc", search: "" };
const PER_PAGE = [25, 50, 100, 200];
const SORT_FIELDS = ["name", "last_seen", "status"];
const MAX_PAGE = 1_000_000;
const MAX_SEARCH_CHARACTERS = 200;

const isPage = (page) => Number.isInteger(page) && page > 0 && page <= MAX_PAGE;

/** Return the state in the URL; an invalid part is replaced by its default. */
export function readUrl(search = window.location.search) {
  const query = new URLSearchParams(search);
  const page = Number(query.get("page"));
  const perPage = Number(query.get("per_page"));
  return {
    page: isPage(page) ? page : DEFAULTS.page,
    per_page: PER_PAGE.includes(perPage) ? perPage : DEFAULTS.per_page,
    sort: SORT_FIELDS.includes(query.get("sort")) ? query.get("sort") : DEFAULTS.sort,
    order: query.get("order") === "desc" ? "desc" : "asc",
    search: (query.get("search") ?? "").slice(0, MAX_SEARCH_CHARACTERS),
  };
}

/** Write the state to the URL, without what is the default. */
export function writeUrl(state) {
  const changed = Object.entries(state).filter(([name, value]) => value !== DEFAULTS[name]);
  const query = new URLSearchParams(changed).toString();
  window.history.replaceState(null, "", query ? `?${query}` : window.location.pathname);
}

/** Return the URL of the API that returns this page of devices. */
export const dataUrl = (state) => `/api/data?${new URLSearchParams(state)}`;
