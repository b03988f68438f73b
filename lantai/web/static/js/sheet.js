// A list as rows of cells, with every change to be taken back. Values in, values out: no page, no network.

export class Sheet {
  // `columns`: {heading, field}; `rows`: arrays of as many texts. `changed(rows)` hears what changed.
  constructor(columns, rows, changed) {
    Object.assign(this, { columns, rows, changed, past: [], future: [] });
    for (const row of rows) while (row.length < columns.length) row.push("");
  }

  at(row, column) {
    return this.rows[row]?.[column] ?? "";
  }

  column(field) {
    return this.columns.findIndex((one) => one.field === field);
  }

  // Write texts: [[row, column, text], …], as one change. Rows that are not there are added.
  write(cells) {
    const most = cells.reduce((far, [row]) => Math.max(far, row), -1);
    const added = Math.max(0, most + 1 - this.rows.length);
    const changes = cells
      .filter(([row, column, text]) => column < this.columns.length && this.at(row, column) !== text)
      .map(([row, column, text]) => ({ row, column, before: this.at(row, column), after: text }));
    if (changes.length) this.does({ changes, at: this.rows.length, added: this.blank(added), removed: [] });
  }

  insert(at, count = 1) {
    this.does({ changes: [], at, added: this.blank(count), removed: [] });
  }

  append(rows) {
    this.does({ changes: [], at: this.rows.length, added: rows, removed: [] });
  }

  remove(at, count) {
    this.does({ changes: [], at, added: [], removed: this.rows.slice(at, at + count) });
  }

  // A column more, at the end; it cannot be taken back, and does not have to be: an empty one says nothing.
  widen(column) {
    this.columns.push(column);
    for (const row of this.rows) row.push("");
    for (const one of [...this.past, ...this.future]) for (const row of [...one.added, ...one.removed]) if (row.length < this.columns.length) row.push("");
    this.changed([]);
  }

  undo() {
    const last = this.past.pop();
    if (!last) return null;
    this.future.push(last);
    for (const one of last.changes) if (this.rows[one.row]) this.rows[one.row][one.column] = one.before;
    this.splice(last.at, last.added.length, last.removed);
    return this.told(last);
  }

  redo() {
    const next = this.future.pop();
    if (!next) return null;
    this.past.push(next);
    this.carry(next);
    return this.told(next);
  }

  does(change) {
    this.past.push(change);
    this.future = [];
    this.carry(change);
    this.told(change);
  }

  carry(change) {
    this.splice(change.at, change.removed.length, change.added);
    for (const one of change.changes) this.rows[one.row][one.column] = one.after;
  }

  splice(at, gone, rows) {
    if (!gone && !rows.length) return;
    this.rows = [...this.rows.slice(0, at), ...rows, ...this.rows.slice(at + gone)]; // spreading 20,000 into splice() overflows
  }

  told(change) {
    const rows = new Set(change.changes.map((one) => this.rows[one.row]).filter(Boolean));
    for (const row of [...change.added, ...change.removed]) rows.add(row);
    this.changed([...rows]);
    return change.changes[0] ?? { row: Math.min(change.at, this.rows.length - 1), column: 0 };
  }

  blank(count) {
    return Array.from({ length: count }, () => this.columns.map(() => ""));
  }

  // All of another list in the place of this one, as one change: its columns by their headings, those that only
  // one of the two has as well.
  become(columns, rows) {
    const known = () => this.columns.map((one) => one.heading);
    for (const one of columns) if (!known().includes(one.heading)) this.widen(one);
    const from = known().map((heading) => columns.findIndex((one) => one.heading === heading));
    const added = rows.map((row) => from.map((at) => row[at] ?? ""));
    this.does({ changes: [], at: 0, added, removed: this.rows });
  }

  csv() {
    return csvOf(this.columns, this.rows);
  }
}

// A list as `manifest.csv` has it; rows that are all empty are left out.
export function csvOf(columns, rows) {
  const cell = (text) => (/[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const line = (cells) => `${cells.map(cell).join(",")}\r\n`;
  const kept = rows.filter((row) => row.some((text) => text.trim()));
  return line(columns.map((one) => one.heading)) + kept.map(line).join("");
}

// A block that a table program put on the clipboard: tabs, lines, and quotes around what holds either.
export function block(text) {
  const rows = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^\t\r\n]*))(\t|\r\n|\n|\r|$)/y;
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text) ?? plain(text, cell);
    rows.at(-1).push(found[1] !== undefined ? found[1].replaceAll('""', '"') : found[2]);
    if (found[3] === "\t" && cell.lastIndex === text.length) rows.at(-1).push("");
    else if (found[3] && found[3] !== "\t" && cell.lastIndex < text.length) rows.push([]);
    if (!found[0]) break;
  }
  return rows;
}

// A quote that closes in the midst of a cell: the cell is taken as it stands.
function plain(text, cell) {
  const simple = /()([^\t\r\n]*)(\t|\r\n|\n|\r|$)/y;
  simple.lastIndex = cell.lastIndex;
  const found = simple.exec(text);
  cell.lastIndex = simple.lastIndex;
  return [found[0], undefined, found[2], found[3]];
}

// Text for the clipboard, as a table program reads it.
export const unblock = (rows) =>
  rows.map((row) => row.map((text) => (/[\t\r\n"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)).join("\t")).join("\n");
