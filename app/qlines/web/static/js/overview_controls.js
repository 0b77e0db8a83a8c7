// The controls around the table of the overview: the search, how many rows, and the pages.
import { byId } from "./dom.js";
import { NO_FILTERS } from "./overview_state.js";

const SEARCH_AFTER_MS = 250; // without typing
const search = byId("search");
const perPage = byId("per-page");

/** Show the state in the controls. */
export function showControls(state) {
  if (search.value.trim() !== state.search) search.value = state.search;
  perPage.value = String(state.per_page);
}

/** Wire them: state() returns the overview's, change(part, { isStep }) changes a part of it. */
export function wireControls(state, change) {
  wireSearch(state, change);
  perPage.addEventListener("change", () => change({ per_page: Number(perPage.value), page: 1 }));
  byId("page-previous").addEventListener("click", () => change({ page: state().page - 1 }));
  byId("page-next").addEventListener("click", () => change({ page: state().page + 1 }));
}

function wireSearch(state, change) {
  let timer = null;
  search.addEventListener("input", () => {
    clearTimeout(timer);
    // The first letters are a step, more of them are not: Back leaves the whole search.
    const find = () => change({ search: search.value.trim(), page: 1 }, { isStep: !state().search });
    timer = setTimeout(find, SEARCH_AFTER_MS);
  });
  byId("search-form").addEventListener("submit", (event) => event.preventDefault());
  byId("empty-clear").addEventListener("click", () => change(NO_FILTERS));
}
