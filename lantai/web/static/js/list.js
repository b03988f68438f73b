// The page of a list: it comes from the upload, or is begun from its files' names; it is edited in a grid, judged
// while one types and kept in the upload. Not here: the grid (grid.js), judging and keeping (keeping.js).

import { Grid } from "./grid.js";
import { Checker, Draft } from "./keeping.js";
import { $, make, wordsOf } from "./parts.js";
import { Refused, ask } from "./sending.js";
import { Sheet } from "./sheet.js";

const BEGUN = ["file", "title", "author", "date", "retention", "category", "fonds", "office", "number", "document_number", "notes"];
const data = JSON.parse($("grid-data").textContent);
const words = wordsOf(data.words);

let rules, fields, sheet, grid, checker, draft, files, listed;

async function open() {
  const [given, told] = await Promise.all(["/rules", `/uploads/${data.upload}/list`].map(async (path) => (await ask("GET", path)).json()));
  rules = given;
  fields = new Map(rules.fields.map((one) => [one.field, one]));
  files = new Set(told.files.map(([path]) => path.normalize()));
  const begun = !told.columns.length;
  const columns = begun ? BEGUN.filter((field) => fields.has(field)).map(column) : told.columns;
  sheet = new Sheet(columns, told.rows, changed);
  draft = new Draft({ upload: data.upload, csrf: data.csrf, former: told.name === "manifest.csv" ? "" : told.name, tag: told.tag, text: () => sheet.csv(), tell: kept });
  checker = new Checker({ sheet, csrf: data.csrf, tell: judged });
  grid = new Grid($("grid"), { sheet, notes, values, moved, heading, marks: data.words, cut });
  choices();
  if (begun) begin(told.files.map(([path]) => path));
  else checker.changed(sheet.rows, 0);
  say(told);
  if (!sheet.rows.length) sheet.insert(0);
  grid.go(0, 0);
}

const column = (field) => ({ field, heading: fields.get(field).heading });

// One row for each file, with what its name tells.
function begin(paths) {
  if (paths.length) sheet.append(paths.map(row));
  sheet.past = []; // the beginning is nothing to take back
  if (!draft.former) return;
  clearTimeout(draft.timer); // a list that cannot be read stays until somebody writes another
  draft.kept = draft.wanted;
}

function row(path) {
  const name = path.split("/").at(-1).replace(/\.[^.]*$/, "");
  const dated = /^((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)[-_ ]*/.exec(name);
  const told = {
    file: path,
    title: dated && dated[0].length < name.length ? name.slice(dated[0].length) : name,
    date: dated ? dated.slice(1, 4).join("") : "",
    fonds: rules.fonds.length === 1 ? rules.fonds[0] : "",
  };
  return sheet.columns.map(({ field }) => told[field] ?? "");
}

function changed(rows) {
  listed = null;
  if (rows.length) checker.changed(rows);
  draft.changed();
  grid?.soon();
  counted();
}

// What the archive found in a row, and whether its files came; undefined while nobody has looked.
function notes(row) {
  const found = checker.found.get(row);
  const at = sheet.column("file");
  if (!found || at < 0 || !row[at].trim()) return found;
  const missing = row[at].split("|").map((part) => part.trim()).filter((part) => part && !files.has(part.normalize()));
  if (!missing.length) return found;
  const text = words("no-file", { name: missing[0] });
  return [...found, { field: "file", severity: "fail", text }];
}

const values = (field) => {
  if (field === "fonds") return rules.fonds;
  return fields.get(field)?.values ?? [];
};

function choices() {
  for (const field of fields.keys()) {
    const known = field === "fonds" ? rules.fonds.map((value) => ({ value, text: "" })) : values(field);
    if (!known.length) continue;
    const list = make("datalist", { id: `grid-values-${field}` });
    list.append(...known.map((one) => make("option", { value: one.value, label: one.text })));
    document.body.append(list);
  }
  const more = $("grid-column");
  const there = new Set(sheet.columns.map((one) => one.field));
  more.append(make("option", { value: "", textContent: words("column-none") }));
  for (const one of rules.fields) {
    if (!there.has(one.field)) more.append(make("option", { value: one.field, textContent: one.name }));
  }
  more.addEventListener("change", () => widen(more));
}

function widen(more) {
  if (!more.value) return;
  sheet.widen(column(more.value));
  grid.columns();
  more.selectedOptions[0].remove();
  more.value = "";
  grid.go(grid.row, sheet.columns.length - 1);
  $("grid").focus();
}

function heading({ heading, field }) {
  const known = fields.get(field);
  const cell = make("div", { className: "grid-cell", role: "columnheader", textContent: heading });
  if (known?.required || known?.code) cell.append(make("span", { className: "must", textContent: " *", title: words("required") }));
  if (!known) cell.classList.add("strange");
  cell.title = help(field);
  return cell;
}

function help(field) {
  const known = fields.get(field);
  if (!known) return words("unknown-column");
  const parts = [known.required ? words("required") : "", data.help[field] ?? ""];
  if (known.values.length) parts.push(words("values", { values: known.values.map((one) => (one.text && one.text !== one.value ? `${one.value} ${one.text}` : one.value)).join(words("comma")) }));
  else parts.push(words("longest", { n: known.longest }));
  return parts.filter(Boolean).join(" ");
}

function moved(at, column) {
  const { field, heading } = sheet.columns[column];
  const said = (notes(sheet.rows[at]) ?? []).filter((one) => !one.field || one.field === field || !fields.has(one.field));
  const title = make("p", {}, make("strong", { textContent: heading }), ` ${help(field)}`);
  const list = make("ul", { className: "findings" });
  list.append(...said.map((one) => make("li", { className: `finding ${one.severity}`, textContent: one.text })));
  $("grid-help").replaceChildren(title, ...(said.length ? [list] : []));
}

function judged(fault) {
  if (fault) $("grid-saved").textContent = trouble(fault);
  grid.soon();
  moved(grid.row, grid.column);
  counted();
}

let counting = 0;
function counted() {
  counting ||= setTimeout(() => {
    counting = 0;
    let fail = 0;
    let open = 0;
    for (const row of sheet.rows) {
      const found = notes(row);
      if (!found) open += 1;
      else if (found.some((one) => one.severity === "fail")) fail += 1;
    }
    $("grid-count").textContent = words(open ? "counting" : fail ? "count-fail" : "count-good", { n: sheet.rows.length, fail, open });
    beyond();
  }, 200);
}

// Files that no row names: they can have rows at once.
function beyond() {
  const at = sheet.column("file");
  if (at < 0) return;
  listed ??= new Set(sheet.rows.flatMap((row) => row[at].split("|").map((part) => part.trim().normalize())));
  const left = [...files].filter((path) => !listed.has(path));
  if (!left.length) return $("grid-left")?.remove();
  const add = make("button", { type: "button", textContent: words("left-add") });
  const said = $("grid-left") ?? make("p", { id: "grid-left", className: "notice" }, make("span"), " ", add);
  said.firstChild.textContent = words("left", { n: left.length });
  said.lastChild.onclick = () => sheet.append(left.map(row));
  if (!said.isConnected) $("grid-notes").append(said); // the button stays the same one, under pointer and focus
}

function say(told) {
  const found = told.findings.filter((one) => one.kind !== "list-missing");
  const list = make("ul", { className: "findings" });
  list.append(...found.map((one) => make("li", { className: `finding ${one.severity}`, textContent: one.text })));
  $("grid-notes").prepend(...(found.length ? [list] : []));
}

// A pasted block was wider than the list: what had no column is told, until the next one has its place.
function cut(count) {
  $("grid-cut")?.remove();
  if (!count) return;
  const said = make("p", { id: "grid-cut", className: "notice", textContent: words("cut", { n: count }) });
  said.setAttribute("role", "alert");
  $("grid-notes").prepend(said);
}

const trouble = (fault) => {
  if (fault instanceof Refused) return fault.status === 401 ? words("signed-out") : fault.message;
  return words("away-grid");
};

// Somebody else saved the list meanwhile: what stands here stays, and waits until one of the two is chosen.
function clash(told) {
  const verb = (key, does) => {
    const button = make("button", { type: "button", textContent: words(key) });
    button.addEventListener("click", () => {
      box.remove();
      does();
      draft.over(told);
      $("grid").focus();
    });
    return button;
  };
  const other = () => {
    sheet.become(told.columns, told.rows);
    if (!sheet.rows.length) sheet.insert(0);
    grid.columns();
    grid.go(0, 0);
  };
  const box = make("div", { id: "grid-clash", className: "notice" }, make("p", {}, make("strong", { textContent: words("clash") })));
  box.setAttribute("role", "alert");
  box.append(
    make("p", { textContent: words("clash-what", { n: told.rows.length, mine: sheet.rows.length }) }),
    make("p", { className: "row" }, verb("clash-other", other), verb("clash-mine", () => {})),
  );
  $("grid-notes").prepend(box);
}

function kept(state, fault) {
  if (state === "clash") clash(fault);
  const time = new Date().toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const text = state === "clash" ? words("clash-unsaved") : state === "failed" ? `${words("unsaved")} ${trouble(fault)}` : words(state === "saved" ? "saved" : "saving", { time });
  $("grid-saved").textContent = text;
  $("grid-saved").className = state === "failed" || state === "clash" ? "bad" : "quiet-ink";
}

// On to the next mistake: in this row behind the cell where one is, else in the rows below and round again.
function next() {
  const { rows } = sheet;
  for (let step = 0; step <= rows.length; step++) {
    const at = (grid.row + step) % rows.length;
    const bad = (notes(rows[at]) ?? []).filter((one) => one.severity === "fail").map((one) => Math.max(0, sheet.column(one.field)));
    const ahead = step ? bad : bad.filter((column) => column > grid.column);
    if (ahead.length) return grid.go(at, Math.min(...ahead));
  }
}

const DOES = {
  add: () => sheet.insert(grid.row + (sheet.rows.length ? 1 : 0)),
  remove: () => sheet.remove(grid.area.top, grid.area.bottom - grid.area.top + 1),
  undo: () => grid.back(sheet.undo()),
  redo: () => grid.back(sheet.redo()),
  next,
};
for (const button of document.querySelectorAll("[data-do]")) {
  button.addEventListener("click", () => {
    if (!grid) return; // the list has not come
    DOES[button.dataset.do]();
    grid.go(grid.row, grid.column);
    $("grid").focus();
  });
}
$("grid-done").addEventListener("click", async (event) => {
  if (!draft?.open) return;
  event.preventDefault();
  if (await draft.save()) location.assign(event.target.href);
  else $("grid-notes").scrollIntoView({ block: "center" });
});
window.addEventListener("beforeunload", (event) => {
  if (draft?.open) event.preventDefault();
});
document.addEventListener("visibilitychange", () => document.hidden && draft?.save());

for (const one of document.querySelectorAll(".grid-tools")) one.hidden = false;
open().catch((fault) => {
  $("grid-saved").textContent = trouble(fault);
  if (!(fault instanceof Refused || fault instanceof TypeError)) throw fault;
});
