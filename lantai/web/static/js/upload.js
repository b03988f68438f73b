// The page of an upload: files are dropped or chosen, sent, and told of. On the page where a batch begins the
// first drop makes the upload. Everything that came stays when the page is left; the same folder, chosen again,
// goes on where it stood. Not here: reading a drop (choosing.js), sending (sending.js), the list (grid.js).

import { chosen, dropped, placed } from "./choosing.js";
import { $, dropping, make, wordsOf } from "./parts.js";
import { Refused, Sending, Stopped, ask, isUnread, whatCame } from "./sending.js";

const PICTURES = 48;
const LARGEST = 40 * 1024 * 1024;

let data = {};
let words = null;
let busy = false;
let sending = null;

// As the server's pages write it: 1536 → 1.54 KB.
function size(bytes) {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let at = 0;
  for (; bytes >= 1000 && at < units.length - 1; at++) bytes /= 1000;
  return `${at && bytes < 999.5 ? Number(bytes.toPrecision(3)) : Math.round(bytes)} ${units[at]}`;
}

const say = (text) => {
  $("drop-said").textContent = text;
};

function wire() {
  const drop = $("drop");
  if (!drop) return;
  data = JSON.parse($("ingest-data").textContent);
  words = wordsOf(data.words);
  drop.querySelector(".drop-buttons").hidden = false;
  for (const button of drop.querySelectorAll("[data-pick]")) {
    button.addEventListener("click", () => pick(button.dataset.pick === "folder"));
  }
  drop.querySelector("[data-stop]")?.addEventListener("click", () => sending?.stop());
  dropping(drop, (transfer) => take(dropped(transfer)));
}

function pick(folder) {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.webkitdirectory = folder;
  input.addEventListener("change", () => take(Promise.resolve(chosen([...input.files]))));
  input.click();
}

// `given` comes to be what was dropped or chosen; one at a time.
async function take(given) {
  if (busy) {
    given.catch(() => {}); // it is not asked for
    return say(words("busy"));
  }
  busy = true;
  try {
    const { name, files } = await given;
    if (!files.length) return say(words("nothing"));
    if (!data.upload) await begin(name);
    await send(files);
  } catch (fault) {
    ended(fault);
  } finally {
    busy = false;
    sending = null;
    held(false);
    const stop = document.querySelector("[data-stop]");
    if (stop) stop.hidden = true;
  }
}

// A new upload, and its page in the place of this one: the chosen files would not outlive going there.
async function begin(name) {
  const body = JSON.stringify({ name });
  const made = await (await ask("POST", "/uploads", { csrf: data.csrf, body, headers: { "Content-Type": "application/json" } })).json();
  const there = `/ingest/${made.upload}`;
  const part = await fetch(there, { headers: { "HX-Request": "true" } });
  if (!part.ok) throw new Refused(part.status, {});
  $("work").innerHTML = await part.text();
  $("work").className = "two";
  history.pushState({}, "", there);
  document.title = document.title.replace(/^.* · /, `${$("work").querySelector("h1").textContent} · `);
  $("work").focus({ preventScroll: true }); // the button that had it is gone
  wire();
}

async function send(found) {
  const needed = [...document.querySelectorAll("[data-needed]")].map((one) => one.dataset.needed);
  const seen = new Set(needed);
  const files = placed(found, needed);
  const came = await whatCame(data.upload);
  sending = new Sending({ upload: data.upload, csrf: data.csrf, tell });
  $("sending").hidden = false;
  $("drop-problems").replaceChildren();
  document.querySelector("[data-stop]").hidden = false;
  say(words("sending"));
  held(true);
  draw(files);
  const since = Date.parse(data.seen ?? "") || Infinity;
  await sending.all(files, came, (one) => seen.has(one.path) || one.file.lastModified > since);
  if (sending.refused) {
    say(words("done-but", { n: sending.done, bad: sending.refused }));
    $("drop-said").append(" ", make("a", { href: `/ingest/${data.upload}`, textContent: words("onward") }));
  } else {
    sending = null;
    location.assign(`/ingest/${data.upload}`);
  }
}

// What is on its way cannot be handed in yet.
function held(now) {
  for (const button of document.querySelectorAll("#hand-in button")) button.disabled = now;
}

function tell(event, detail) {
  if (event === "progress") return far(detail);
  if (event === "file") return clear(detail.path);
  if (event === "refused") return problem(`${detail.path}: ${isUnread(detail.fault) ? words("unread") : detail.fault.message}`);
  if (event === "away") return say(detail.status === 429 ? words("slow") : words("away"));
  if ($("drop-said").textContent !== words("sending")) say(words("sending"));
}

let asked = 0;
function far(now) {
  if (asked) return;
  asked = requestAnimationFrame(() => {
    asked = 0;
    const bar = $("sent");
    if (!bar) return;
    bar.value = now.total ? now.sent / now.total : 1;
    $("sent-words").textContent = words("far", {
      done: now.done, files: now.files, sent: size(Math.max(0, now.sent)), total: size(now.total),
    });
  });
}

function problem(text) {
  const item = document.createElement("li");
  item.className = "finding fail";
  item.textContent = text;
  if ($("drop-problems").children.length < 200) $("drop-problems").append(item);
}

function ended(fault) {
  if (fault instanceof Stopped) return say(words("stopped"));
  if (fault instanceof Refused) {
    say(fault.status === 401 ? words("signed-out") : fault.message);
    return;
  }
  say(fault instanceof TypeError ? words("away-now") : fault.message); // the browser's own word, of a file it cannot read
  if (!(fault instanceof TypeError || fault instanceof DOMException)) throw fault;
}

// The first pictures, drawn small from what was chosen: pale until they came.
async function draw(files) {
  const strip = $("thumbs");
  strip.replaceChildren();
  const shown = files.filter((one) => /^image\/(jpeg|png|webp)$/.test(one.file.type) && one.file.size < LARGEST);
  for (const one of shown.slice(0, PICTURES)) {
    const bitmap = await createImageBitmap(one.file, { resizeHeight: 64 }).catch(() => null);
    if (!bitmap || !strip.isConnected) continue;
    const canvas = document.createElement("canvas");
    canvas.width = Math.min(128, bitmap.width);
    canvas.height = bitmap.height;
    canvas.getContext("2d").drawImage(bitmap, 0, 0);
    bitmap.close();
    canvas.dataset.path = one.path;
    canvas.className = sent.has(one.path) ? "" : "pale";
    strip.append(canvas);
  }
}

const sent = new Set();
function clear(path) {
  sent.add(path);
  for (const one of $("thumbs")?.children ?? []) if (one.dataset.path === path) one.classList.remove("pale");
}

window.addEventListener("beforeunload", (event) => {
  if (sending) event.preventDefault();
});
window.addEventListener("popstate", () => location.reload());
wire();
