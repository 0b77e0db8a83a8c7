// What surrounds the table of the overview: the pager and the message for an empty table.
import { byId } from "./dom.js";

/** Show which rows of how many are on the page; last is the number of the last page. */
export function showPager({ page, per_page: perPage }, shown, total, last) {
  const first = (page - 1) * perPage + 1;
  byId("page-text").textContent = total ? `${first} to ${first + shown - 1} of ${total}` : "No devices";
  byId("page-previous").disabled = page <= 1;
  byId("page-next").disabled = page >= last;
}

/** Put the focus at the beginning of the page. */
export function focusHeading() {
  const heading = document.querySelector("h1");
  heading.tabIndex = -1;
  heading.focus();
}

/** Show why the table is empty and what to do, or hide that message. */
export function showEmpty(isEmpty, { search, status, tag }) {
  const isFiltered = Boolean(search || status || tag);
  byId("empty").hidden = !isEmpty;
  byId("toolbar").hidden = isEmpty && !isFiltered; // there is nothing to find
  byId("empty-title").textContent = isFiltered ? "No devices found" : "No devices yet";
  byId("empty-text").textContent = isFiltered
    ? "No device matches all of the filters above."
    : "Give it a name, paste a few lines, and see its first value here within two minutes.";
  byId("empty-add").hidden = isFiltered;
  byId("empty-clear").hidden = !isFiltered;
}
