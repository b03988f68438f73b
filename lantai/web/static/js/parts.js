// What several scripts of pages need: elements, words with their values, places where something is dropped.

export const $ = (id) => document.getElementById(id);

const { lang } = document.documentElement;
export const count = (number) => number.toLocaleString(lang);

/** An element with properties, and what stands in it. */
export function make(name, values = {}, ...inside) {
  const made = Object.assign(document.createElement(name), values);
  made.append(...inside);
  return made;
}

/** Says `key` of `known` with its values; numbers as the page's language writes them. */
export const wordsOf = (known) => (key, values = {}) =>
  (known[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => {
    const value = values[name] ?? "";
    return typeof value === "number" ? count(value) : value;
  });

/** What is dropped on `place` goes to `took`. */
export function dropping(place, took) {
  for (const kind of ["dragenter", "dragover"]) {
    place.addEventListener(kind, (event) => {
      event.preventDefault();
      place.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) place.addEventListener(kind, () => place.classList.remove("over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    took(event.dataTransfer);
  });
}
