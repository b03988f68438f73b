// What every page has beyond plain HTML: keys, lists that are walked with j and k, and what htmx puts in the place
// of something. Pages work without it. Not here: forms (forms.js), viewers, the grid, uploads (files of their own).

import { prepare as prepareForms } from "./forms.js";
import { choose, chosen } from "./rows.js";

const TYPED = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=button])";

// Where the keys go: a grid may have moved the focus into its field before this is asked.
const typing = () => document.activeElement?.closest(TYPED);

function walk(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const next = rows[Math.min(rows.length - 1, Math.max(0, rows.indexOf(chosen()) + step))];
  if (next) choose(next);
}

const inside = (what) => chosen()?.querySelector(what);

const KEYS = {
  "/": () => {
    const field = document.querySelector("[data-search]");
    if (field) field.focus();
    else document.querySelector('.rooms a[href="/search"]')?.click();
  },
  j: () => walk(1),
  k: () => walk(-1),
  o: () => inside("a[href]")?.click(),
  a: () => inside("[data-accept]")?.click(),
};
const HELD = new Set(["j", "k"]); // go on while they are held down; no other does its work twice

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing()) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  if (!event.repeat || HELD.has(event.key)) act();
});

const within = (root, what) => [...(root.matches?.(what) ? [root] : []), ...root.querySelectorAll(what)];

function prepare(root) {
  prepareForms(within(root, "form[data-keep]"));
  for (const row of within(root, "[data-row]:not([tabindex])")) row.tabIndex = -1;
  for (const box of within(root, ".scroll:not([tabindex])")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0; // what scrolls sideways does so by keys too
  }
}

// What is swapped may hold the focus. A part that asks by itself gives it back to the same link or button in it;
// whoever asked for something else goes to what came.
const FOCUSED = "a[href], button, input, select, textarea, summary, [tabindex]";
let left = null;

document.addEventListener("htmx:beforeSwap", ({ detail: { target, requestConfig } }) => {
  const at = document.activeElement;
  const alone = requestConfig.elt === target;
  left = target.contains(at) ? { place: target.id, at: alone ? [...target.querySelectorAll(FOCUSED)].indexOf(at) : -1 } : null;
});
document.addEventListener("htmx:afterSwap", (event) => {
  prepare(event.target);
  const place = left && document.getElementById(left.place);
  if (!place || document.activeElement !== document.body) return;
  place.tabIndex = -1;
  (place.querySelectorAll(FOCUSED)[left.at] ?? place).focus({ preventScroll: true });
});

// What asks every few seconds rests while nobody looks, so that a session ends over night, and asks no more once it
// was refused: what it asks for is not there any longer.
const refused = new WeakSet();
document.addEventListener("htmx:beforeRequest", (event) => {
  const { elt } = event.detail;
  if (elt.getAttribute("hx-trigger")?.startsWith("every") && (document.hidden || refused.has(elt))) event.preventDefault();
});
document.addEventListener("htmx:beforeSwap", ({ detail: { requestConfig, xhr } }) => {
  if (xhr.status >= 400 && xhr.status < 500) refused.add(requestConfig.elt);
});

// Where the server does not answer, the page says so; what asks again and again goes on by itself.
function lost(is) {
  const notice = document.getElementById("notice");
  const there = notice?.querySelector("[data-is-lost]");
  if (!is) return there?.remove();
  if (!notice || there) return;
  const told = document.createElement("p");
  told.className = "problem";
  told.dataset.isLost = "";
  told.textContent = document.body.dataset.lost;
  notice.append(told);
}
document.addEventListener("htmx:sendError", () => lost(true));
document.addEventListener("htmx:beforeOnLoad", () => lost(false));
// A page that answers a form takes the place of the page the form stood on: coming back to it, and loading it again,
// asks for that page and never sends the form a second time.
if (document.body.dataset.stood) {
  const stood = new URL(document.body.dataset.stood, location.href);
  stood.searchParams.delete("said"); // what was told there once
  history.replaceState(history.state, "", stood);
}
prepare(document);
// What a form answers that could not be taken is read first, wherever on the page it stands.
if (performance.getEntriesByType("navigation")[0]?.responseStatus >= 400) {
  const problem = document.querySelector("main .problem");
  problem?.setAttribute("tabindex", "-1");
  problem?.focus();
}
