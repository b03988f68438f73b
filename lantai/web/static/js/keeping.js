// What stands behind the grid: the draft is kept in the upload every few seconds, and rows that changed are
// judged by the archive's own rules. Not here: rows (sheet.js), the grid (grid.js), sending (sending.js).

import { Refused, ask } from "./sending.js";
import { csvOf } from "./sheet.js";

const AFTER = 2500;
const LONGEST_WAIT = 60_000; // between tries where the archive does not keep it
const ROWS = 500;
const JUDGED_AFTER = 300;
const AGAIN = 5; // seconds, where the archive could not be asked
const OVERHEAD = 30; // characters of a cell beside its text
const LONGEST = 20_000; // so much of a cell is judged
const UNKNOWN = 100; // texts of a row in columns that the rule set does not know
const CHARACTERS = 250_000; // of a request, which may have 1 MiB

export class Draft {
  // Saves what `text()` gives as the upload's list, in the place of the one with the tag `tag` ("": of none);
  // `tell(state, detail)` hears: changed, saving, saved, failed, and clash: somebody else saved one meanwhile.
  constructor({ upload, csrf, former, tag, text, tell }) {
    Object.assign(this, { upload, csrf, former, tag, text, tell });
    Object.assign(this, { wanted: 0, kept: 0, timer: 0, running: null, clash: false });
  }

  get open() {
    return this.wanted > this.kept;
  }

  changed() {
    this.wanted += 1;
    if (!this.clash) this.tell("changed");
    this.soon();
  }

  soon(pause = AFTER) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), pause);
  }

  // Save now, one at a time; whether all is kept. Nothing is saved while it clashes.
  async save() {
    clearTimeout(this.timer);
    while (this.running) await this.running; // several may wait for one; then they go one behind the other
    if (!this.open) return true;
    if (this.clash) return false;
    this.running = this.put();
    const good = await this.running;
    this.running = null;
    this.pause = good ? AFTER : Math.min(LONGEST_WAIT, (this.pause ?? AFTER) * 2);
    if (!this.clash && (!good || this.open)) this.soon(this.pause);
    return good && !this.open;
  }

  async put() {
    const now = this.wanted;
    const text = this.text();
    this.tell("saving");
    try {
      const path = `/uploads/${this.upload}/files/manifest.csv?instead=true`;
      const condition = this.tag ? { "If-Match": `"${this.tag}"` } : { "If-None-Match": "*" };
      const headers = { "Content-Type": "text/csv", ...condition };
      const told = { csrf: this.csrf, body: new Blob([text]), headers };
      const answer = await ask("PUT", path, told).catch((fault) => this.stands(fault, text));
      if (!answer) return false;
      this.tag = answer.headers.get("ETag").replaceAll('"', "");
      await this.drop();
      this.kept = now;
      this.tell("saved");
      return true;
    } catch (fault) {
      this.tell("failed", fault);
      return false;
    }
  }

  // Another list is there than the one that was read. Where it says the same, it is this one, whose answer was
  // lost on its way; else somebody saved it meanwhile, and whoever types here says which of them counts.
  async stands(fault, text) {
    if (!(fault instanceof Refused) || fault.status !== 412) throw fault;
    const told = await (await ask("GET", `/uploads/${this.upload}/list`)).json();
    if (told.tag && csvOf(told.columns, told.rows) === text) return new Response(null, { headers: { ETag: told.tag } });
    this.clash = true;
    this.tell("clash", told);
    return null;
  }

  // What clashed is settled: what stands here takes the place of the other one.
  over(told) {
    Object.assign(this, { tag: told.tag, former: told.name === "manifest.csv" ? "" : told.name, clash: false });
    this.wanted += 1;
    return this.save();
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
  changed(rows, after = JUDGED_AFTER) {
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
      this.timer = setTimeout(() => this.run(), (fault.after || AGAIN) * 1000);
    } finally {
      this.busy = false;
    }
  }

  async some() {
    const rows = [];
    let characters = 0;
    for (const row of this.waiting) {
      characters += row.reduce((sum, text) => sum + text.length + OVERHEAD, 0);
      if (rows.length === ROWS || (rows.length && characters > CHARACTERS)) break;
      rows.push(row);
    }
    for (const row of rows) this.waiting.delete(row);
    const says = (row) => row.some((text) => text.trim());
    const filled = rows.filter(says);
    for (const row of rows) if (!says(row)) this.found.set(row, []); // of the others nobody knows yet
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
      const text = row[at].slice(0, LONGEST);
      if (field && text) fields[field] = text;
      else if (text) unknown.push(text);
    });
    return { fields, unknown: unknown.slice(0, UNKNOWN) };
  }
}
