// What the overview shows: kept in the address, so that reload, Back and a shared link show the same.

const DEFAULTS = { page: 1, per_page: 50, sort: "name", order: "asc", search: "" };
const PER_PAGE = [25, 50, 100, 200];

/** Return the state that the address holds; what makes no sense in it falls back to the default. */
export function fromAddress(search = window.location.search) {
  const given = new URLSearchParams(search);
  const page = Number(given.get("page"));
  const perPage = Number(given.get("per_page"));
  return {
    page: Number.isInteger(page) && page > 0 && page <= 1_000_000 ? page : DEFAULTS.page,
    per_page: PER_PAGE.includes(perPage) ? perPage : DEFAULTS.per_page,
    sort: ["name", "last_seen", "status"].includes(given.get("sort")) ? given.get("sort") : DEFAULTS.sort,
    order: given.get("order") === "desc" ? "desc" : "asc",
    search: (given.get("search") ?? "").slice(0, 200),
  };
}

/** Write the state to the address, leaving out what is the default. */
export function toAddress(state) {
  const changed = Object.entries(state).filter(([name, value]) => value !== DEFAULTS[name]);
  const query = new URLSearchParams(changed).toString();
  window.history.replaceState(null, "", query ? `?${query}` : window.location.pathname);
}

/** Return the API's address for the state. */
export const dataAddress = (state) => `/api/data?${new URLSearchParams(state)}`;
