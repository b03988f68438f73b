// A page file: its pages as pictures with their text over them, drawn as they come near the screen. Zoom, page
// number and finding of our own, over pdf.js; what it needs beside itself comes from this archive too.

const NEAR = "600px";
const FILES = "/files/pdfjs-dist/";
const PIECE = 1024 * 1024; // so much of a large file is asked for at once
const MOST_DOTS = 32_000_000; // of one page: a plan that is zoomed into would fill the memory, or stay white

class Sheets {
  constructor(stage, pdf, library) {
    Object.assign(this, { stage, pdf, library, scale: 0, hits: [], at: -1, texts: new Map() });
    this.boxes = [];
    this.number = stage.tools.querySelector("[data-page]");
    this.near = new IntersectionObserver((seen) => this.seen(seen), { root: stage.screen, rootMargin: NEAR });
  }

  /** Boxes of the first page's size for all; each takes its own size when it is drawn. */
  async lay() {
    const first = await this.pdf.getPage(1);
    this.size = first.getViewport({ scale: 1 });
    for (let page = 1; page <= this.pdf.numPages; page++) {
      const box = document.createElement("div");
      box.className = "sheet";
      box.dataset.number = page;
      box.role = "group";
      box.setAttribute("aria-label", `${this.stage.words.pageWord} ${page}`);
      this.boxes.push(box);
      this.stage.screen.append(box);
    }
    this.stage.tools.querySelector("[data-pages]").textContent = this.pdf.numPages;
    this.number.max = this.pdf.numPages;
    this.fit(1);
    this.stage.screen.addEventListener("scroll", () => this.told());
  }

  fit(at = this.current()) {
    const room = this.stage.screen.clientWidth - 40;
    this.zoom(Math.min(room / this.size.width, 2), at);
  }

  zoom(scale, at = this.current()) {
    this.scale = Math.min(Math.max(scale, 0.25), 6);
    for (const box of this.boxes) {
      box.style.width = `${Math.floor((box.own ?? this.size).width * this.scale)}px`;
      box.style.height = `${Math.floor((box.own ?? this.size).height * this.scale)}px`;
      this.clear(box);
    }
    this.go(at);
    for (const box of this.boxes) {
      this.near.unobserve(box);
      this.near.observe(box);
    }
  }

  clear(box) {
    box.task?.cancel();
    box.task = box.drawn = null;
    box.replaceChildren();
  }

  seen(entries) {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) this.draw(target).catch((fault) => this.failed(fault));
      else this.clear(target);
    }
  }

  async draw(box) {
    if (box.drawn === this.scale) return;
    const scale = (box.drawn = this.scale);
    const page = await this.pdf.getPage(Number(box.dataset.number));
    if (box.drawn !== scale) return;
    const viewport = page.getViewport({ scale });
    box.own = page.getViewport({ scale: 1 });
    box.style.width = `${Math.floor(viewport.width)}px`;
    box.style.height = `${Math.floor(viewport.height)}px`;
    box.style.setProperty("--total-scale-factor", scale);
    const fine = Math.min(devicePixelRatio || 1, 2, Math.sqrt(MOST_DOTS / (viewport.width * viewport.height)));
    const canvas = document.createElement("canvas");
    canvas.width = Math.floor(viewport.width * fine);
    canvas.height = Math.floor(viewport.height * fine);
    canvas.style.width = canvas.style.height = "100%";
    const text = document.createElement("div");
    text.className = "textLayer";
    box.replaceChildren(canvas, text);
    const transform = fine === 1 ? null : [fine, 0, 0, fine, 0, 0];
    box.task = page.render({ canvas, viewport, transform });
    await box.task.promise;
    const layer = new this.library.TextLayer({
      textContentSource: await page.getTextContent(),
      container: text,
      viewport,
    });
    await layer.render();
    this.mark(box);
    this.stage.box.dataset.ready = "";
  }

  failed(fault) {
    if (fault?.name === "RenderingCancelledException") return;
    if (fault?.status) this.stage.judge(fault.status);
    else this.stage.ask();
  }

  current() {
    const top = this.stage.screen.scrollTop + this.stage.screen.clientHeight / 3;
    const behind = this.boxes.findIndex((box) => box.offsetTop - this.stage.screen.offsetTop > top);
    return behind < 0 ? this.boxes.length : Math.max(behind, 1);
  }

  told() {
    if (document.activeElement !== this.number) this.number.value = this.current();
  }

  go(page) {
    const box = this.boxes[Math.min(Math.max(page, 1), this.boxes.length) - 1];
    if (box) this.stage.screen.scrollTop = box.offsetTop - this.stage.screen.offsetTop - 8;
    this.told();
  }

  async textOf(page) {
    if (!this.texts.has(page)) {
      const { items } = await (await this.pdf.getPage(page)).getTextContent();
      this.texts.set(page, items.map((one) => one.str ?? "").join("").toLowerCase());
    }
    return this.texts.get(page);
  }

  async find(words, back) {
    const sought = words.trim().toLowerCase().replace(/\s+/g, "");
    const found = this.stage.tools.querySelector("[data-found]");
    if (sought !== this.sought) {
      Object.assign(this, { sought, hits: [], at: -1 });
      for (let page = 1; sought && page <= this.pdf.numPages; page++) {
        const text = (await this.textOf(page)).replace(/\s+/g, "");
        if (this.sought !== sought) return;
        for (let at = text.indexOf(sought); at >= 0; at = text.indexOf(sought, at + 1)) this.hits.push(page);
      }
    }
    for (const box of this.boxes) this.mark(box);
    if (!this.hits.length) return (found.textContent = sought ? "0" : "");
    this.at = (this.at + (back ? -1 : 1) + this.hits.length) % this.hits.length;
    found.textContent = this.stage.words.hits.replace("{at}", this.at + 1).replace("{all}", this.hits.length);
    this.go(this.hits[this.at]);
  }

  /** The runs of text in which what is sought stands are shown. */
  mark(box) {
    const runs = [...box.querySelectorAll(".textLayer span")].filter((run) => !run.firstElementChild);
    const plain = (run) => run.textContent.toLowerCase().replace(/\s+/g, "");
    const whole = runs.map(plain).join("");
    const hit = new Set();
    for (let at = this.sought ? whole.indexOf(this.sought) : -1; at >= 0; at = whole.indexOf(this.sought, at + 1)) {
      let start = 0;
      for (const run of runs) {
        const end = start + plain(run).length;
        if (start < at + this.sought.length && end > at) hit.add(run);
        start = end;
      }
    }
    for (const run of runs) run.classList.toggle("hit-here", hit.has(run));
  }
}

export async function show(stage) {
  stage.say("loading");
  const library = await import(stage.box.dataset.pdf);
  library.GlobalWorkerOptions.workerSrc = stage.box.dataset.pdfWorker;
  const asked = library.getDocument({
    url: stage.box.dataset.view,
    cMapUrl: `${FILES}cmaps/`,
    standardFontDataUrl: `${FILES}standard_fonts/`,
    wasmUrl: `${FILES}wasm/`,
    iccUrl: `${FILES}iccs/`,
    enableXfa: false,
    disableAutoFetch: true, // pages that are looked at, not the whole file
    disableStream: true,
    rangeChunkSize: PIECE,
  });
  let sheets;
  try {
    sheets = new Sheets(stage, await asked.promise, library);
    stage.tools.hidden = false;
    await sheets.lay();
  } catch (fault) {
    if (fault?.status) return stage.judge(fault.status);
    return stage.ask();
  }
  stage.say("");
  stage.act({
    before: () => sheets.go(sheets.current() - 1),
    after: () => sheets.go(sheets.current() + 1),
    in: () => sheets.zoom(sheets.scale * 1.25),
    out: () => sheets.zoom(sheets.scale / 1.25),
    fit: () => sheets.fit(),
  });
  sheets.number.addEventListener("change", () => sheets.go(Number(sheets.number.value) || 1));
  const find = stage.tools.querySelector("[data-find]");
  const look = (back) =>
    sheets.find(find.value, back).catch((fault) => {
      sheets.sought = null; // what was found so far is not all
      sheets.failed(fault);
    });
  find.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.isComposing) return; // Enter also chooses what an input method proposes
    event.preventDefault();
    look(event.shiftKey);
  });
  find.addEventListener("search", () => find.value || look());
}
