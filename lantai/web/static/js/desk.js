// The queue of what falls due: after a row was decided on, the next one is chosen, so that the keys go on.
// Not here: walking with j and k, accepting with a (workbench.js).

let next = null;

document.addEventListener("htmx:beforeSwap", (event) => {
  const row = event.detail.target;
  if (row.matches?.("tr[data-row]")) next = row.nextElementSibling;
});

document.addEventListener("htmx:afterSettle", () => {
  if (!next?.isConnected) return;
  for (const row of document.querySelectorAll('[data-row][aria-selected="true"]')) row.removeAttribute("aria-selected");
  next.tabIndex = -1;
  next.setAttribute("aria-selected", "true");
  next.focus();
  next = null;
});
