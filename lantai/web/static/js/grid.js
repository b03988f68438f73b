// A grid of our own over a list: only the rows in sight are in the page, so twenty thousand scroll as twenty do.
// Arrows, Enter, Tab, blocks pasted from a table program, undo. Not here: the cells (sheet.js), typing (entry.js),
// what the page does with them (list.js).

import { Entry, oneLine } from "./entry.js";
import { make } from "./parts.js";
import { block, unblock } from "./sheet.js";

const HEIGHT = 36; // of a row, as grid.css has it
const WIDTHS = { file: 240, title: 320, author: 180, abstract: 260, notes: 200, document_number: 180, sha256: 240 };
const WIDTH = 136; // of all others
const FIRST = 72; // of the numbers before them
const NARROWEST = 160; // of the field for typing
const LONGEST = 200; // so much of a cell is drawn
const BEYOND = 5; // rows drawn above and below those in sight

export class Grid {
  // `notes(row)` gives the findings of a row, `values(field)` its choices, `moved(row, column)` hears where one is,
  // `cut(count)` how many columns of a pasted block had no place.
  constructor(place, { sheet, notes, values, moved, heading, marks, cut }) {
    Object.assign(this, { place, sheet, notes, values, moved, heading, marks, cut });
    this.row = this.column = 0;
    this.from = null; // the other corner of what is chosen
    this.inner = make("div", { className: "grid-inner", role: "presentation" });
    this.head = make("div", { className: "grid-row grid-head", role: "row" });
    this.body = make("div", { className: "grid-body", role: "rowgroup" });
    place.replaceChildren(this.inner);
    this.inner.append(make("div", { role: "rowgroup", className: "grid-heads" }, this.head), this.body);
    const frame = make("div", { className: "grid-frame" });
    place.replaceWith(frame);
    frame.append(place);
    this.entry = new Entry(frame, { begins: () => this.begins(), done: (text) => this.sheet.write([[this.row, this.column, text]]) });
    frame.addEventListener("keydown", (event) => this.key(event));
    place.addEventListener("focus", (event) => event.relatedTarget !== this.entry.field && this.entry.focus());
    place.addEventListener("scroll", () => this.soon());
    place.addEventListener("mousedown", (event) => this.pressed(event));
    place.addEventListener("mousemove", (event) => event.buttons === 1 && this.dragged(event));
    place.addEventListener("dblclick", () => this.edit());
    for (const kind of ["copy", "cut", "paste"]) frame.addEventListener(kind, (event) => this.clip(event));
    new ResizeObserver(() => this.soon()).observe(place);
    this.columns();
  }

  columns() {
    this.widths = this.sheet.columns.map(({ field }) => WIDTHS[field] ?? WIDTH);
    const template = `${FIRST}px ${this.widths.map((width) => `${width}px`).join(" ")}`;
    this.inner.style.setProperty("--columns", template);
    this.inner.style.width = `${FIRST + this.widths.reduce((sum, width) => sum + width, 0)}px`;
    this.place.setAttribute("aria-colcount", this.sheet.columns.length + 1);
    const corner = make("div", { className: "grid-cell grid-first", role: "columnheader" }, "#");
    this.head.replaceChildren(corner, ...this.sheet.columns.map((one) => this.heading(one)));
    this.soon();
  }

  soon() {
    this.drawing ||= requestAnimationFrame(() => {
      this.drawing = 0;
      this.draw();
    });
  }

  draw() {
    const { rows } = this.sheet;
    this.body.style.height = `${rows.length * HEIGHT}px`;
    this.place.setAttribute("aria-rowcount", rows.length + 1);
    const first = Math.max(0, Math.floor(this.place.scrollTop / HEIGHT) - BEYOND);
    const last = Math.min(rows.length, first + Math.ceil(this.place.clientHeight / HEIGHT) + 2 * BEYOND);
    const drawn = [];
    for (let at = first; at < last; at++) drawn.push(this.line(at));
    this.body.replaceChildren(...drawn);
    this.put();
    for (const one of [this.place, this.entry.field]) {
      if (document.getElementById(`c-${this.row}-${this.column}`)) one.setAttribute("aria-activedescendant", `c-${this.row}-${this.column}`);
      else one.removeAttribute("aria-activedescendant");
    }
  }

  // The field for typing goes to the cell where one is, as far as that is in sight.
  put() {
    const { clientWidth, clientHeight, scrollLeft, scrollTop } = this.place;
    const { field, heading } = this.sheet.columns[this.column];
    const left = FIRST + this.widths.slice(0, this.column).reduce((sum, width) => sum + width, 0) - scrollLeft;
    const width = Math.min(Math.max(this.widths[this.column], NARROWEST), clientWidth);
    const within = (value, most) => Math.max(0, Math.min(value, most));
    this.entry.at({
      top: within((this.row + 1) * HEIGHT - scrollTop, clientHeight - HEIGHT),
      left: within(left, clientWidth - width),
      width,
      heading,
      choices: this.values(field).length ? `grid-values-${field}` : "",
    });
  }

  line(at) {
    const row = this.sheet.rows[at];
    const notes = this.notes(row);
    const line = make("div", { className: "grid-row", role: "row" });
    line.setAttribute("aria-rowindex", at + 2);
    line.style.top = `${at * HEIGHT}px`;
    const worst = notes?.some((one) => one.severity === "fail") ? "fail" : notes?.length ? "warn" : notes ? "good" : "";
    const first = make("div", { className: `grid-cell grid-first ${worst}`, role: "rowheader" }, String(at + 2)); // as a table program counts them, and a report: the headings are row 1
    if (worst) first.append(make("span", { className: "visually-hidden", textContent: ` ${this.marks[worst]}` }));
    line.append(first);
    this.sheet.columns.forEach(({ field }, column) => line.append(this.cell(at, column, row[column], field, notes)));
    return line;
  }

  cell(at, column, text, field, notes) {
    const cell = make("div", { className: "grid-cell", role: "gridcell", id: `c-${at}-${column}` });
    cell.textContent = oneLine(text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text);
    cell.setAttribute("aria-colindex", column + 2);
    const said = field ? notes?.filter((one) => one.field === field) : [];
    if (said?.length) {
      const fails = said.some((one) => one.severity === "fail");
      cell.classList.add(fails ? "fail" : "warn");
      if (fails) cell.setAttribute("aria-invalid", "true");
      cell.title = said.map((one) => one.text).join("\n");
    }
    if (this.holds(at, column)) {
      cell.classList.add("chosen");
      cell.setAttribute("aria-selected", "true");
    }
    if (at === this.row && column === this.column) cell.classList.add("here");
    return cell;
  }

  // What is chosen: from one corner to the other.
  get area() {
    const from = this.from ?? { row: this.row, column: this.column };
    const [top, bottom] = [from.row, this.row].sort((a, b) => a - b);
    const [left, right] = [from.column, this.column].sort((a, b) => a - b);
    return { top, bottom, left, right };
  }

  holds(row, column) {
    const { top, bottom, left, right } = this.area;
    return row >= top && row <= bottom && column >= left && column <= right;
  }

  go(row, column, extend = false) {
    if (extend) this.from ??= { row: this.row, column: this.column };
    else this.from = null;
    this.row = Math.max(0, Math.min(this.sheet.rows.length - 1, row));
    this.column = Math.max(0, Math.min(this.sheet.columns.length - 1, column));
    this.reveal();
    this.moved(this.row, this.column);
    this.soon();
  }

  reveal() {
    const top = this.row * HEIGHT;
    const room = this.place.clientHeight - 2 * HEIGHT;
    if (top < this.place.scrollTop) this.place.scrollTop = top;
    if (top > this.place.scrollTop + room) this.place.scrollTop = top - room;
    const left = this.widths.slice(0, this.column).reduce((sum, width) => sum + width, 0);
    const right = left + this.widths[this.column] + FIRST;
    if (right > this.place.scrollLeft + this.place.clientWidth) this.place.scrollLeft = right - this.place.clientWidth;
    if (left < this.place.scrollLeft) this.place.scrollLeft = left; // a cell wider than the screen shows how it begins
  }

  key(event) {
    if (event.isComposing || event.keyCode === 229) return; // the input method's own
    if (this.entry.open) return this.editing(event);
    const { key, shiftKey } = event;
    if (event.target !== this.entry.field) {
      if (["Tab", "Shift", "Control", "Alt", "Meta"].includes(key)) return; // out of the grid
      this.entry.focus();
    }
    if (event.ctrlKey || event.metaKey) return this.command(event);
    const page = Math.max(1, Math.floor(this.place.clientHeight / HEIGHT) - 2);
    const steps = {
      ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-page, 0], PageDown: [page, 0],
      Home: [0, -this.column], End: [0, this.sheet.columns.length],
    };
    if (steps[key]) this.go(this.row + steps[key][0], this.column + steps[key][1], shiftKey);
    else if (key === "Tab" && this.tab(shiftKey ? -1 : 1)) this.soon();
    else if (key === "Enter" || key === "F2") this.edit();
    else if (key === "Delete" || key === "Backspace") this.fill("");
    else return; // what is typed goes into the field
    event.preventDefault();
    event.stopPropagation();
  }

  command(event) {
    const key = event.key.toLowerCase();
    const last = this.sheet.rows.length - 1;
    if (key === "z") this.back(event.shiftKey ? this.sheet.redo() : this.sheet.undo());
    else if (key === "y") this.back(this.sheet.redo());
    else if (key === "d") this.down();
    else if (key === "a") [this.from, this.row, this.column] = [{ row: 0, column: 0 }, last, this.sheet.columns.length - 1];
    else if (key === "home") this.go(0, 0, event.shiftKey);
    else if (key === "end") this.go(last, this.sheet.columns.length - 1, event.shiftKey);
    else return;
    event.preventDefault();
    this.soon();
  }

  // Where a change was taken back: there one sees it.
  back(where) {
    if (where) this.go(where.row, where.column);
  }

  // To the next cell, over the end of the row; false at the end of the list: there Tab leaves the grid.
  tab(step) {
    const at = this.row * this.sheet.columns.length + this.column + step;
    if (at < 0 || at >= this.sheet.rows.length * this.sheet.columns.length) return false;
    this.go(Math.floor(at / this.sheet.columns.length), at % this.sheet.columns.length);
    return true;
  }

  fill(text) {
    const { top, bottom, left, right } = this.area;
    const cells = [];
    for (let row = top; row <= bottom; row++) for (let column = left; column <= right; column++) cells.push([row, column, text]);
    this.sheet.write(cells);
    this.soon();
  }

  // The topmost row of what is chosen, in all rows below it.
  down() {
    const { top, bottom, left, right } = this.area;
    const cells = [];
    for (let row = top + 1; row <= bottom; row++)
      for (let column = left; column <= right; column++) cells.push([row, column, this.sheet.at(top, column)]);
    this.sheet.write(cells);
  }

  clip(event) {
    if (this.entry.open) return;
    const { top, bottom, left, right } = this.area;
    event.preventDefault();
    if (event.type !== "paste") {
      const rows = this.sheet.rows.slice(top, bottom + 1).map((row) => row.slice(left, right + 1));
      event.clipboardData.setData("text/plain", unblock(rows));
      if (event.type === "cut") this.fill("");
      return;
    }
    const given = block(event.clipboardData.getData("text/plain"));
    if (given.length === 1 && given[0].length === 1) return this.fill(given[0][0]); // one value for all that is chosen
    this.sheet.write(given.flatMap((cells, row) => cells.map((text, column) => [top + row, left + column, text])));
    this.cut(Math.max(0, left + Math.max(...given.map((cells) => cells.length)) - this.sheet.columns.length));
    this.soon();
  }

  edit() {
    if (this.sheet.rows.length) this.entry.edit(this.sheet.at(this.row, this.column));
    this.entry.focus();
  }

  // Something is typed: over this cell alone, in sight. Where there is no row yet there is one now.
  begins() {
    if (!this.sheet.rows.length) this.sheet.insert(0);
    this.reveal();
    this.put();
  }

  editing(event) {
    const { key, shiftKey } = event;
    if (key === "Enter" && event.altKey) this.entry.breaks();
    if (!["Enter", "Tab", "Escape"].includes(key)) return event.stopPropagation();
    event.preventDefault();
    event.stopPropagation();
    if (event.altKey) return;
    this.entry.close(key !== "Escape");
    this.soon();
    if (key === "Enter") this.go(this.row + (shiftKey ? -1 : 1), this.column);
    if (key === "Tab") this.tab(shiftKey ? -1 : 1);
  }

  pressed(event) {
    const cell = event.target.closest?.("[role=gridcell]");
    if (!cell || event.button !== 0) return;
    event.preventDefault();
    this.entry.close(true);
    this.entry.focus();
    const [, row, column] = cell.id.split("-").map(Number);
    this.go(row, column, event.shiftKey);
  }

  dragged(event) {
    const cell = event.target.closest?.("[role=gridcell]");
    if (!cell || this.entry.open) return;
    const [, row, column] = cell.id.split("-").map(Number);
    if (row !== this.row || column !== this.column) this.go(row, column, true);
  }
}
