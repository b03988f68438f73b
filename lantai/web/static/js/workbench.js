// What every page has beyond plain HTML: keys, lists that are walked with j and k, and forms that keep what was
// typed while their tab is open. Pages work without it. Not here: viewers, the grid, uploads (files of their own).

const KEPT = "lantai-typed:";
const SECRET = new Set(["password", "code", "passcode", "new", "again", "csrf", "key", "recovery_key"]);

const typing = (target) => target.closest("input, textarea, select, [contenteditable]") !== null;

function walk(step) {
  const rows = [...document.querySelectorAll("[data-row]")];
  const at = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  if (!next) return;
  rows[at]?.removeAttribute("aria-selected");
  next.setAttribute("aria-selected", "true");
  next.focus();
}

const chosen = () => document.querySelector('[data-row][aria-selected="true"]');

const KEYS = {
  "/": () => {
    const field = document.querySelector("[data-search]");
    if (field) field.focus();
    else document.querySelector('.rooms a[href="/search"]')?.click();
  },
  j: () => walk(1),
  k: () => walk(-1),
  o: () => chosen()?.querySelector("a[href]")?.click(),
  a: () => (chosen() ?? document).querySelector("[data-accept]")?.click(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const act = KEYS[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

// Forms marked data-keep: what was typed outlives a session that ended, a wrong turn, a reload.
const nameOf = (form) => KEPT + location.pathname + "#" + (form.dataset.keep || form.id || form.action);

function keep(form) {
  const typed = {};
  for (const [name, value] of new FormData(form)) {
    if (!SECRET.has(name) && typeof value === "string") (typed[name] ??= []).push(value);
  }
  sessionStorage.setItem(nameOf(form), JSON.stringify(typed));
}

function giveBack(form) {
  const typed = JSON.parse(sessionStorage.getItem(nameOf(form)) ?? "null");
  if (!typed) return;
  for (const field of form.elements) {
    const values = Object.hasOwn(typed, field.name) && !SECRET.has(field.name) ? typed[field.name] : [];
    if (!values.length) continue;
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else if (!field.value) field.value = values.shift(); // of several of one name each has its own
  }
}

function prepare(root) {
  for (const form of root.querySelectorAll("form[data-keep]")) giveBack(form);
  for (const row of root.querySelectorAll("[data-row]:not([tabindex])")) row.tabIndex = -1;
  for (const box of root.querySelectorAll(".scroll:not([tabindex])")) {
    if (box.scrollWidth > box.clientWidth) box.tabIndex = 0; // what scrolls sideways does so by keys too
  }
}

document.addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-keep]");
  if (form) keep(form);
});
document.addEventListener("submit", (event) => {
  for (const button of event.target.querySelectorAll("button:not([name])")) {
    setTimeout(() => (button.disabled = true));
    setTimeout(() => (button.disabled = false), 5000); // a connection that dropped: it can be sent again
  }
});
window.addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("form button[disabled]")) button.disabled = false;
});
// A form that was taken leads to a page that says so; what was typed for it goes then.
if (new URLSearchParams(location.search).has("said")) {
  for (const name of Object.keys(sessionStorage)) if (name.startsWith(KEPT)) sessionStorage.removeItem(name);
}
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
document.addEventListener("htmx:afterSwap", (event) => prepare(event.target));
prepare(document);
// What a form answers that could not be taken is read first, wherever on the page it stands.
if (performance.getEntriesByType("navigation")[0]?.responseStatus >= 400) {
  const problem = document.querySelector("main .problem");
  problem?.setAttribute("tabindex", "-1");
  problem?.focus();
}
