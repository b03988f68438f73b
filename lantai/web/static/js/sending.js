// Files on their way into an upload, so that whatever breaks off goes on: large ones piece by piece, each with
// its digest; a connection that is away is waited for; what came already is not sent again. Speaks the API as
// any program would. Not here: the page (upload.js).

const PIECE = 8 * 1024 * 1024;
const AT_ONCE = 6;
const LONGEST_WAIT = 30;
const ENDS_ALL = new Set([401, 403, 404, 413, 507]);

export class Stopped extends Error {}

// What the API said no to, with its problem document.
export class Refused extends Error {
  constructor(status, problem) {
    super(problem.detail || problem.title || String(status));
    this.status = status;
    this.problem = problem;
  }
}

const quoted = (path) => path.split("/").map(encodeURIComponent).join("/");

// So many seconds, or until it is given up.
const wait = (seconds, signal) =>
  new Promise((done) => {
    setTimeout(done, seconds * 1000);
    signal.addEventListener("abort", done, { once: true });
  });

let renewed = ""; // the token of a session that began in another tab after this page's had ended

// Ask the API. Raises Refused; TypeError where it cannot be reached.
export async function ask(method, path, told = {}) {
  try {
    return await askOnce(method, path, { ...told, csrf: renewed || told.csrf });
  } catch (fault) {
    if (!(fault instanceof Refused) || fault.problem.title !== "forgery") throw fault;
    renewed = (await (await askOnce("GET", "/session")).json()).csrf;
    return askOnce(method, path, { ...told, csrf: renewed });
  }
}

async function askOnce(method, path, { csrf, body, headers = {}, signal } = {}) {
  const answer = await fetch(`/api/v1${path}`, {
    method,
    body,
    signal,
    headers: { "X-CSRF-Token": csrf ?? "", "Accept-Language": document.documentElement.lang, ...headers },
  });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  const refused = new Refused(answer.status, problem);
  refused.after = Number(answer.headers.get("Retry-After")) || 0;
  refused.offset = answer.headers.get("Upload-Offset");
  throw refused;
}

// Everything that an upload has: path → bytes and whether it is whole, members of ZIPs too.
export async function whatCame(upload) {
  const came = new Map();
  for (let cursor = ""; ; ) {
    const more = cursor ? `&cursor=${cursor}` : "";
    const told = await (await ask("GET", `/uploads/${upload}?limit=1000${more}`)).json();
    for (const one of told.listed) came.set(one.path, { bytes: one.bytes, whole: one.complete });
    cursor = told.next;
    if (!cursor) break;
  }
  const listed = await ask("GET", `/uploads/${upload}/list`).then((answer) => answer.json(), () => ({ files: [] }));
  for (const [path, bytes] of listed.files) if (!came.has(path)) came.set(path, { bytes, whole: true });
  return came;
}

// Whether a file could not be read: it was changed, renamed or put away since it was chosen.
export const isUnread = (fault) => fault.name === "NotReadableError" || fault.name === "NotFoundError";

async function digest(content) {
  if (!crypto.subtle) return {}; // only where the page came over TLS, or from this machine
  const found = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  return { "Content-Digest": `sha-256=:${btoa(String.fromCharCode(...found))}:` };
}

export class Sending {
  // `tell(event, detail)` hears: progress, file, refused, away, back.
  constructor({ upload, csrf, tell }) {
    Object.assign(this, { upload, csrf, tell, sent: 0, total: 0, files: 0, done: 0, refused: 0 });
    this.abort = new AbortController();
  }

  stop() {
    this.abort.abort(new Stopped());
  }

  // Send all of `files`; those of `came` that are whole and of the same length are there already, unless `anew`.
  async all(files, came, anew) {
    this.files = files.length;
    this.total = files.reduce((sum, one) => sum + one.file.size, 0);
    const waiting = files.filter((one) => !this.isThere(one, came, anew));
    const workers = Array.from({ length: AT_ONCE }, async () => {
      for (let one; (one = waiting.shift()); ) await this.one(one, came.get(one.path), anew);
    });
    await Promise.all(workers).catch((fault) => {
      this.stop();
      throw fault;
    });
  }

  isThere(one, came, anew) {
    const known = came.get(one.path);
    if (!known?.whole || known.bytes !== one.file.size || anew(one)) return false;
    this.count(one.file.size, one);
    return true;
  }

  async one(one, known, anew) {
    const start = known && !known.whole && !anew(one) && known.bytes <= one.file.size ? known.bytes : 0;
    this.count(start);
    let counted = start;
    try {
      await this.pieces(one, start, Boolean(known), (size) => {
        counted += size;
        this.count(size);
      });
      this.count(0, one);
    } catch (fault) {
      const only = fault instanceof Refused || isUnread(fault); // its file alone
      if (!only || ENDS_ALL.has(fault.status) || fault.problem?.title === "upload-closed") throw fault;
      this.total -= one.file.size;
      this.sent -= counted;
      this.refused += 1;
      this.tell("refused", { path: one.path, fault });
    }
  }

  count(size, whole) {
    this.sent += size;
    if (whole) {
      this.done += 1;
      this.tell("file", whole);
    }
    this.tell("progress", this);
  }

  async pieces(one, start, known, count) {
    if (one.file.size !== one.size) throw new DOMException("it is not as it was chosen", "NotReadableError");
    let at = start;
    do {
      const piece = one.file.slice(at, at + PIECE);
      const last = at + piece.size >= one.file.size;
      at = await this.piece(one, piece, at, last, known, count);
    } while (at < one.file.size);
  }

  // One piece, for as long as it takes; where the file goes on.
  async piece(one, piece, at, last, known, count) {
    for (let pause = 1; ; pause = Math.min(LONGEST_WAIT, pause * 2)) {
      this.abort.signal.throwIfAborted();
      try {
        await this.send(one, piece, at, last, known);
        count(piece.size);
        this.tell("back");
        return at + piece.size;
      } catch (fault) {
        if (fault instanceof Refused && fault.status === 409 && fault.offset !== null) {
          const stands = Number(fault.offset);
          count(stands - at);
          return stands;
        }
        if (!this.passes(fault)) throw fault;
        this.tell("away", fault);
        await wait(fault.after || pause, this.abort.signal);
        if (at === 0 && known) continue; // the one of before would stand there: it is sent in its place again
        const stands = await this.stands(one);
        if (stands !== null && stands.offset !== at) {
          count(stands.offset - at);
          if (stands.whole) return one.file.size;
          return stands.offset;
        }
      }
    }
  }

  passes(fault) {
    if (fault instanceof Stopped || fault.name === "AbortError") return false;
    if (!(fault instanceof Refused)) return fault instanceof TypeError; // the network's errors are these
    return fault.status === 429 || fault.status === 408 || fault.status >= 502 || fault.problem.title === "upload-busy";
  }

  async send(one, piece, at, last, known) {
    const query = one.unpack ? "?unpack=true" : known ? "?instead=true" : "";
    const path = `/uploads/${this.upload}/files/${quoted(one.path)}`;
    const body = await piece.arrayBuffer(); // read first: of a file that is gone the network would only say that it failed
    const headers = { "Upload-Complete": last ? "?1" : "?0", ...(await digest(body)) };
    const told = { csrf: this.csrf, body, signal: this.abort.signal };
    if (at === 0) {
      Object.assign(headers, { "Content-Type": "application/octet-stream", "Upload-Length": String(one.file.size) });
      return ask("PUT", path + query, { ...told, headers });
    }
    Object.assign(headers, { "Content-Type": "application/partial-upload", "Upload-Offset": String(at) });
    return ask("PATCH", path, { ...told, headers });
  }

  // How far the file came, null where nothing of it is there or nobody can be asked.
  async stands(one) {
    const path = `/uploads/${this.upload}/files/${quoted(one.path)}`;
    const answer = await ask("HEAD", path).catch(() => null);
    if (!answer) return null;
    const whole = answer.headers.get("Upload-Complete") === "?1";
    return { offset: Number(answer.headers.get("Upload-Offset")), whole };
  }
}
