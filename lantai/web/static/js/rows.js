// The one row of a page that the keys speak of. Not here: the keys (workbench.js).

const CHOSEN = '[data-row][aria-current="true"]';

export const chosen = () => document.querySelector(CHOSEN);

/** Mark it as the one. */
export function mark(row) {
  chosen()?.removeAttribute("aria-current");
  row.setAttribute("aria-current", "true");
}

/** Go to it. */
export function choose(row) {
  mark(row);
  row.tabIndex = -1;
  row.focus();
}
