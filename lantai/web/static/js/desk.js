// The queue of what falls due: after a row was decided on, the next one is chosen, so that the keys go on.
// Not here: walking with j and k, accepting with a (workbench.js).

import { choose } from "./rows.js";

let next = null;

// Whoever went on to another row, or types, before the answer came stays there.
document.addEventListener("htmx:beforeSwap", ({ detail: { target: row } }) => {
  const at = document.activeElement;
  if (row.matches("tr[data-row]") && (row.contains(at) || at === document.body)) next = row.nextElementSibling;
});

document.addEventListener("htmx:afterSettle", () => {
  if (next?.isConnected) choose(next);
  next = null;
});
