// Search: ways to go on while somebody types, and the row where one was. The page works without it.

import { mark } from "./rows.js";

const WAIT = 150;
const LONGEST = 200; // what is longer is no word to be completed
const PLACE = "lantai-row:";
let asked = 0;

const listOf = (field) => document.getElementById(field.getAttribute("aria-controls"));

function close(field) {
  const list = listOf(field);
  if (!list) return; // the page went on
  list.hidden = true;
  list.replaceChildren();
  field.setAttribute("aria-expanded", "false");
  field.removeAttribute("aria-activedescendant");
}

function offer(field, texts) {
  const list = listOf(field);
  if (!texts.length) return close(field);
  list.replaceChildren(
    ...texts.map((text, at) => {
      const row = document.createElement("li");
      row.id = `suggestion-${at}`;
      row.role = "option";
      row.textContent = text;
      row.setAttribute("aria-selected", "false");
      return row;
    }),
  );
  list.hidden = false;
  field.setAttribute("aria-expanded", "true");
}

async function ask(field) {
  const turn = ++asked;
  const text = field.value.trim();
  if (!text || text.length > LONGEST) return close(field);
  const answer = await fetch(`/api/v1/suggestions?${new URLSearchParams({ text })}`).catch(() => null);
  const { suggestions } = answer?.ok ? await answer.json().catch(() => ({ suggestions: [] })) : { suggestions: [] };
  if (turn !== asked || document.activeElement !== field) return; // more was typed, or something else is done
  offer(field, suggestions.map((one) => one.text).filter((one) => one !== text));
}

function step(field, by) {
  const rows = [...listOf(field).children];
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  const next = rows[(at + by + rows.length + (at < 0 && by < 0 ? 1 : 0)) % rows.length];
  rows[at]?.setAttribute("aria-selected", "false");
  next.setAttribute("aria-selected", "true");
  field.setAttribute("aria-activedescendant", next.id);
}

function take(field, row) {
  field.value = row.textContent;
  close(field);
  field.form.requestSubmit();
}

let waiting = 0;
function typed(event) {
  if (!event.target.matches("[data-suggest]") || event.isComposing) return; // letters of an input method are no words
  clearTimeout(waiting);
  waiting = setTimeout(() => ask(event.target), WAIT);
}
document.addEventListener("input", typed);
document.addEventListener("compositionend", typed);

document.addEventListener("keydown", (event) => {
  const field = event.target;
  if (!field.matches?.("[data-suggest]") || event.isComposing) return;
  if (field.getAttribute("aria-expanded") !== "true") return; // its keys are the field's own until there are some
  const chosen = listOf(field).querySelector('[aria-selected="true"]');
  if (event.key === "ArrowDown") step(field, 1);
  else if (event.key === "ArrowUp") step(field, -1);
  else if (event.key === "Escape") close(field);
  else if (event.key === "Enter" && chosen) take(field, chosen);
  else return;
  event.preventDefault();
});

document.addEventListener("mousedown", (event) => {
  const row = event.target.closest?.(".suggestions [role=option]");
  if (!row || event.button !== 0) return;
  event.preventDefault();
  take(document.querySelector("[data-suggest]"), row);
});

document.addEventListener("focusout", (event) => {
  if (event.target.matches?.("[data-suggest]")) close(event.target);
});
document.addEventListener("submit", (event) => {
  clearTimeout(waiting);
  asked++;
  for (const field of event.target.querySelectorAll("[data-suggest]")) close(field);
});

// A picture that cannot be had leaves its mark in its place.
document.addEventListener(
  "error",
  (event) => {
    if (event.target.matches?.("img[data-thumb]")) event.target.remove();
  },
  true,
);

// Where one was: the hit that was opened is chosen again on coming back.
const here = () => PLACE + location.pathname + location.search;
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-row] a[href]");
  if (link) sessionStorage.setItem(here(), link.getAttribute("href"));
});
function giveBack() {
  const kept = sessionStorage.getItem(here());
  const link = kept && document.querySelector(`[data-row] a[href="${CSS.escape(kept)}"]`);
  if (link) mark(link.closest("[data-row]"));
}
giveBack();
window.addEventListener("pageshow", (event) => event.persisted && giveBack());
