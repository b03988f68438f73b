// Proofs and checkpoints that are dropped: read here, and put into the form. What is no proof is content: its
// digest is computed here and only the digest is sent; of archives of the commercial suite also its SM3, once it
// is known whose key it is. Without it texts can be pasted. Not here: verifying.

import { dropping, make } from "./parts.js";

const MOST_TEXT = 700_000; // of all papers; the server takes 1 MiB of form
const MOST_CONTENT = 1 << 30;
const KEY = /^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+(?:\s+[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+)*\s*$/;
const PROOF = [/^\s*\{\s*"format"\s*:\s*"lantai-/, /^c2sp\.org\/tlog-proof@/, /^[^\n]+\n\d+\n[A-Za-z0-9+/=]{44}\n(?:[^\n]+\n)*\n— /];

const COMMERCIAL = "+/2xhbnRhaS9zbTIt"; // how the text of an SM2 key goes on after its hash
const files = new WeakMap();

const hex = (bytes) => [...new Uint8Array(bytes)].map((one) => one.toString(16).padStart(2, "0")).join("");

async function paperOf(file) {
  if (file.size <= MOST_TEXT) {
    const text = await file.text();
    if (KEY.test(text)) return { as: "key", text };
    if (PROOF.some((form) => form.test(text))) return { as: "proof", value: { name: file.name, text } };
  }
  if (file.size > MOST_CONTENT || !globalThis.crypto?.subtle) return { as: "too-large" };
  const sha256 = hex(await crypto.subtle.digest("SHA-256", await file.arrayBuffer()));
  return { as: "content", value: { name: file.name, sha256 } };
}

// The button that takes a row away again.
function addRemove(form, row, name) {
  const gone = make("button", { type: "button", className: "quiet", textContent: form.dataset.remove });
  gone.setAttribute("aria-label", `${form.dataset.remove} ${name}`);
  gone.addEventListener("click", () => {
    row.remove();
    form.querySelector("#files").focus(); // the button that had it is gone
  });
  row.append(" ", gone);
}

function rowOf(form, file) {
  const what = make("span", { className: "quiet-ink", textContent: form.dataset.reading });
  const row = make("li", {}, make("strong", { textContent: file.name }), " ", what);
  addRemove(form, row, file.name);
  form.querySelector("#given").append(row);
  return { row, what };
}

function put(form, file, paper, { row, what }) {
  const words = { key: "asKey", proof: "asProof", content: "asContent", unread: "unread" };
  what.textContent = form.dataset[words[paper.as] ?? "tooLarge"];
  if (paper.as === "key") form.elements.verifier.value = paper.text.trim();
  if (!paper.value) return;
  const sent = make("input", { type: "hidden", name: "paper", value: JSON.stringify(paper.value) });
  if (paper.as === "content") files.set(sent, file);
  row.append(sent);
}

async function take(form, given) {
  for (const [file, shown] of given.map((file) => [file, rowOf(form, file)])) {
    put(form, file, await paperOf(file).catch(() => ({ as: "unread" })), shown);
  }
}

// Puts the SM3 of content beside its SHA-256; false where a file cannot be read again, and its row says so.
async function addSm3(form) {
  let all = true;
  for (const sent of form.querySelectorAll("input[name=paper]")) {
    const told = JSON.parse(sent.value);
    if (!files.has(sent) || told.sm3) continue;
    const what = sent.closest("li").querySelector(".quiet-ink");
    what.textContent = form.dataset.reading;
    try {
      const { sm3 } = await import(form.dataset.sm3);
      sent.value = JSON.stringify({ ...told, sm3: await sm3(files.get(sent)) });
      what.textContent = form.dataset.asContent;
    } catch {
      what.textContent = form.dataset.unread;
      sent.remove();
      all = false;
    }
  }
  return all;
}

for (const form of document.querySelectorAll("form[data-verify]")) {
  const reading = new Set();
  const taken = (given) => {
    const work = take(form, given).finally(() => reading.delete(work));
    reading.add(work);
  };
  form.querySelector("[data-drop]").hidden = false;
  for (const row of form.querySelectorAll("#given li")) addRemove(form, row, row.querySelector("strong").textContent);
  const chooser = form.querySelector("input[type=file]");
  chooser.addEventListener("change", () => {
    taken([...chooser.files]);
    chooser.value = "";
  });
  dropping(form, (transfer) => taken([...transfer.files]));
  const commercial = () => form.elements.verifier.value.includes(COMMERCIAL);
  let state = "open"; // then "busy": digests are awaited; then "ready"
  window.addEventListener("pageshow", () => (state = "open"));
  form.addEventListener("submit", async (event) => {
    if (state === "ready" || (!reading.size && !commercial())) return;
    event.preventDefault();
    if (state === "busy") return;
    state = "busy";
    await Promise.allSettled(reading);
    state = !commercial() || (await addSm3(form)) ? "ready" : "open";
    if (state === "ready") form.submit();
  });
}

// A form of one text: a file that is dropped on it is that text.
for (const form of document.querySelectorAll("form[data-drop-text]")) {
  const said = make("p", { className: "hint", role: "status" });
  form.elements[form.dataset.dropText].after(said);
  dropping(form, async ({ files: [file] }) => {
    const text = file?.size < MOST_TEXT ? await file.text().catch(() => "") : "";
    said.textContent = text ? "" : form.dataset.unread;
    if (text) form.elements[form.dataset.dropText].value = text;
  });
}
