// Where one types in a grid: one field that is always there, over the cell where one is, unseen until something
// is typed. So an input method has a field from its first letter on, as in a table program; what it is still
// composing is nobody's word yet and never kept. Not here: cells, keys that move (grid.js).

const LINE = "⏎";

// A cell of several lines on one line.
export const oneLine = (text) => text.replace(/\r\n|\r|\n/g, LINE);

export class Entry {
  // `begins()` hears that something is typed, `done(text)` what the cell says now.
  constructor(frame, { begins, done }) {
    this.field = Object.assign(document.createElement("input"), {
      className: "grid-editor", type: "text", autocomplete: "off", spellcheck: false, tabIndex: -1,
    });
    Object.assign(this, { begins, done, open: false, was: null, settled: null });
    const { field } = this;
    frame.append(field);
    field.addEventListener("input", () => field.value && this.begin(null));
    field.addEventListener("compositionstart", () => {
      this.begin(null);
      this.settled = field.value;
    });
    field.addEventListener("compositionend", () => (this.settled = null));
    field.addEventListener("blur", () => this.close(true));
  }

  focus() {
    this.field.focus({ preventScroll: true });
  }

  // Over a cell; `choices` names the list of what may stand there.
  at({ top, left, width, heading, choices }) {
    const { field } = this;
    field.style.top = `${top}px`;
    field.style.left = `${left}px`;
    field.style.width = `${width}px`;
    field.setAttribute("aria-label", heading);
    this.choices = choices;
  }

  // Edit what stands there.
  edit(text) {
    this.field.value = oneLine(text);
    this.begin(this.field.value);
    this.field.setSelectionRange(this.field.value.length, this.field.value.length);
  }

  // `was` is what stood there, null where typing takes its place.
  begin(was) {
    if (this.open) return;
    Object.assign(this, { open: true, was });
    this.field.classList.add("open");
    if (this.choices) this.field.setAttribute("list", this.choices);
    this.begins();
  }

  close(keep) {
    if (!this.open) return;
    const text = this.settled ?? this.field.value;
    const same = this.settled !== null && this.was === null ? text === "" : text === this.was;
    Object.assign(this, { open: false, settled: null });
    this.field.value = "";
    this.field.classList.remove("open");
    this.field.removeAttribute("list");
    if (keep && !same) this.done(text.replaceAll(LINE, "\n"));
  }

  breaks() {
    this.field.setRangeText(LINE, this.field.selectionStart, this.field.selectionEnd, "end");
  }
}
