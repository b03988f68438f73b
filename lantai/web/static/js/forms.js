// Forms: what was typed is kept while its tab is open, and a form that is under way is not sent again. Forms work
// without it. Not here: what is typed into the grid (keeping.js).

const KEPT = "lantai-typed:";
const SENT = "lantai-sent";
const SECRET = new Set(["password", "code", "passcode", "new", "again", "key", "recovery_key"]);
const ANEW = new Set(["typed"]); // the code that confirms what cannot be undone is typed each time
const NOT_TYPED = new Set(["hidden", "file", "password", "submit", "button", "fieldset", "output"]);
const AGAIN = 5000; // a connection that dropped: then it can be sent again

// Whoever signs in at the same browser after somebody else finds nothing of theirs.
const who = document.querySelector(".who")?.textContent ?? "";
const nameOf = (form) => `${KEPT}${who} ${location.pathname}#${form.dataset.keep || form.getAttribute("id") || form.getAttribute("action")}`;

const ticked = (field) => field.type === "checkbox" || field.type === "radio";
const standing = (field) => (ticked(field) ? field.checked : field.value);

// What the page itself gave.
function given(field) {
  if (ticked(field)) return field.defaultChecked;
  if (!field.options) return field.defaultValue;
  const options = [...field.options];
  return (options.find((one) => one.defaultSelected) ?? options[0])?.value ?? "";
}

// The fields of a form that somebody types into, each by a name of its own.
function fieldsOf(form) {
  const found = new Map();
  for (const field of form.elements) {
    if (!field.name || SECRET.has(field.name) || ANEW.has(field.name) || NOT_TYPED.has(field.type)) continue;
    let key = ticked(field) ? `${field.name}=${field.value}` : field.name;
    while (found.has(key)) key += "+"; // of several of one name each has its own
    found.set(key, field);
  }
  return found;
}

const sent = () => new Set(JSON.parse(sessionStorage.getItem(SENT) ?? "[]"));
const setSent = (names) => sessionStorage.setItem(SENT, JSON.stringify([...names]));

function keep(form) {
  const typed = [...fieldsOf(form)].map(([key, field]) => [key, given(field), standing(field)]);
  const names = sent();
  try {
    sessionStorage.setItem(nameOf(form), JSON.stringify(typed));
    if (names.delete(nameOf(form))) setSent(names);
  } catch {
    // the browser's store is full: what is typed stays on the page alone
  }
}

// What was typed stands again, except where the page says something else now than it did then.
function giveBack(form) {
  const fields = fieldsOf(form);
  for (const [key, was, now] of JSON.parse(sessionStorage.getItem(nameOf(form)) ?? "[]")) {
    const field = fields.get(key);
    if (!field || (given(field) && given(field) !== was)) continue;
    if (ticked(field)) field.checked = now;
    else field.value = now;
  }
}

export function prepare(forms) {
  for (const form of forms) giveBack(form);
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.matches("[data-keep]")) keep(form);
});

const resting = new Set();
const wake = (buttons) => {
  for (const button of buttons) {
    button.disabled = false;
    resting.delete(button);
  }
};
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method") !== "post") return;
  if (form.matches("[data-keep]")) setSent(sent().add(nameOf(form)));
  const buttons = [...form.elements].filter((one) => one.localName === "button" && !one.name && !one.disabled);
  setTimeout(() => {
    for (const button of buttons) {
      button.disabled = true;
      resting.add(button);
    }
  });
  setTimeout(() => wake(buttons), AGAIN);
});
window.addEventListener("pageshow", () => wake(resting));

// A form that was taken leads to a page that says so; what was typed for it goes then, and all of it on signing out.
const said = new URLSearchParams(location.search).get("said");
if (said !== null && said !== "session-over") {
  const gone = said === "signed-out" ? Object.keys(sessionStorage).filter((name) => name.startsWith(KEPT)) : sent();
  for (const name of [...gone, SENT]) sessionStorage.removeItem(name);
}
