// What stands behind the grid: the draft is kept in the upload every few seconds, and rows that changed are
// judged by the archive's own rules. Not here: rows (sheet.js), the grid (grid.js), sending (sending.js).

import { Refused, ask } from "./sending.js";

const AFTER = 2500;
const ROWS = 500;
const CHARACTERS = 250_000; // of a request, which may have 1 MiB

export class Draft {
  // Saves what `text()` gives as the upload's list; `tell(state, detail)` hears: changed, saving, saved, failed.
  constructor({ upload, csrf, former, text, tell }) {
    Object.assign(this, { upload, csrf, former, text, tell, wanted: 0, kept: 0, timer: 0, running: null });
  }

  get open() {
    return this.wanted > this.kept;
  }

  changed() {
    this.wanted += 1;
    this.tell("changed");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), AFTER);
  }

  // Save now, one at a time; whether all is kept.
  async save() {
    clearTimeout(this.timer);
    await this.running;
    if (!this.open) return true;
    this.running = this.put();
    const good = await this.running;
    this.running = null;
    if (!good || this.open) this.timer = setTimeout(() => this.save(), AFTER);
    return good && !this.open;
  }

  async put() {
    const now = this.wanted;
    this.tell("saving");
    try {
      const path = `/uploads/${this.upload}/files/manifest.csv?instead=true`;
      const headers = { "Content-Type": "text/csv" };
      await ask("PUT", path, { csrf: this.csrf, body: new Blob([this.text()]), headers });
      await this.drop();
      this.kept = now;
      this.tell("saved");
      return true;
    } catch (fault) {
      this.tell("failed", fault);
      return false;
    }
  }

  // A workbook beside it would make two lists.
  async drop() {
    if (!this.former) return;
    const path = `/uploads/${this.upload}/files/${encodeURIComponent(this.former)}`;
    await ask("DELETE", path, { csrf: this.csrf }).catch((fault) => {
      if (!(fault instanceof Refused) || fault.status !== 404) throw fault; // it stands in a ZIP: `instead` is enough
    });
    this.former = "";
  }
}

export class Checker {
  // Judges rows of `sheet`; `tell()` hears that some were. What was found stands in `found`: row → findings.
  constructor({ sheet, csrf, tell }) {
    Object.assign(this, { sheet, csrf, tell, found: new WeakMap(), waiting: new Set(), busy: false, timer: 0 });
  }

  // These rows changed; the last ones first.
  changed(rows, after = 300) {
    this.waiting = new Set([...rows, ...this.waiting]);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.run(), after);
  }

  async run() {
    if (this.busy) return;
    this.busy = true;
    try {
      while (this.waiting.size) await this.some();
    } catch (fault) {
      this.tell(fault);
      this.timer = setTimeout(() => this.run(), (fault.after || 5) * 1000);
    } finally {
      this.busy = false;
    }
  }

  async some() {
    const rows = [];
    let characters = 0;
    for (const row of this.waiting) {
      characters += row.reduce((sum, text) => sum + text.length + 30, 0);
      if (rows.length === ROWS || (rows.length && characters > CHARACTERS)) break;
      rows.push(row);
    }
    for (const row of rows) this.waiting.delete(row);
    const filled = rows.filter((row) => row.some((text) => text.trim()));
    for (const row of rows) this.found.set(row, []);
    if (!filled.length) return;
    try {
      const body = JSON.stringify({ rows: filled.map((row) => this.asked(row)) });
      const headers = { "Content-Type": "application/json" };
      const told = await (await ask("POST", "/lists/check", { csrf: this.csrf, body, headers })).json();
      filled.forEach((row, at) => this.found.set(row, told.rows[at].filter((one) => one.severity !== "info")));
      this.tell();
    } catch (fault) {
      for (const row of filled) this.waiting.add(row);
      throw fault;
    }
  }

  asked(row) {
    const fields = {};
    const unknown = [];
    this.sheet.columns.forEach(({ field }, at) => {
      const text = row[at].slice(0, 20_000);
      if (field && text) fields[field] = text;
      else if (text) unknown.push(text);
    });
    return { fields, unknown: unknown.slice(0, 100) };
  }
}
