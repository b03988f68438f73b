// Proofs and checkpoints that are dropped: read here, and put into the form. What is no proof is content: its
// digest is computed here and only the digest is sent; of archives of the commercial suite also its SM3, once it
// is known whose key it is. Without it texts can be pasted. Not here: verifying.

const MOST_TEXT = 700_000; // of all papers; the server takes 1 MiB of form
const MOST_CONTENT = 1 << 30;
const KEY = /^(?:[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+\s*)+$/;
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
  const gone = document.createElement("button");
  gone.type = "button";
  gone.className = "quiet";
  gone.textContent = form.dataset.remove;
  gone.setAttribute("aria-label", `${form.dataset.remove} ${name}`);
  gone.addEventListener("click", () => row.remove());
  row.append(" ", gone);
}

function rowOf(form, file) {
  const row = document.createElement("li");
  const name = document.createElement("strong");
  name.textContent = file.name;
  const what = document.createElement("span");
  what.className = "quiet-ink";
  what.textContent = form.dataset.reading;
  row.append(name, " ", what);
  addRemove(form, row, file.name);
  form.querySelector("#given").append(row);
  return { row, what };
}

function put(form, file, paper, { row, what }) {
  const words = { key: "asKey", proof: "asProof", content: "asContent", unread: "unread" };
  what.textContent = form.dataset[words[paper.as] ?? "tooLarge"];
  if (paper.as === "key") form.elements.verifier.value = paper.text.trim();
  if (!paper.value) return;
  const sent = document.createElement("input");
  sent.type = "hidden";
  sent.name = "paper";
  sent.value = JSON.stringify(paper.value);
  if (paper.as === "content") files.set(sent, file);
  row.append(sent);
}

async function take(form, given) {
  for (const [file, shown] of given.map((file) => [file, rowOf(form, file)])) {
    put(form, file, await paperOf(file).catch(() => ({ as: "unread" })), shown);
  }
}

// Puts the SM3 of content beside its SHA-256.
async function addSm3(form) {
  const lacking = [...form.querySelectorAll("input[name=paper]")].filter((sent) => {
    return files.has(sent) && !JSON.parse(sent.value).sm3;
  });
  if (!lacking.length) return;
  const { sm3 } = await import(form.dataset.sm3);
  for (const sent of lacking) {
    const digest = sm3(await files.get(sent).arrayBuffer());
    sent.value = JSON.stringify({ ...JSON.parse(sent.value), sm3: digest });
  }
}

function dropping(place, took) {
  for (const name of ["dragenter", "dragover"]) {
    place.addEventListener(name, (event) => {
      event.preventDefault();
      place.classList.add("over");
    });
  }
  place.addEventListener("dragleave", () => place.classList.remove("over"));
  place.addEventListener("drop", (event) => {
    event.preventDefault();
    place.classList.remove("over");
    took([...event.dataTransfer.files]);
  });
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
  dropping(form, taken);
  const commercial = () => form.elements.verifier.value.includes(COMMERCIAL);
  let state = "open"; // then "busy": digests are awaited; then "ready"
  window.addEventListener("pageshow", () => (state = "open"));
  form.addEventListener("submit", async (event) => {
    if (state === "ready" || (!reading.size && !commercial())) return;
    event.preventDefault();
    if (state === "busy") return;
    state = "busy";
    await Promise.allSettled(reading);
    if (commercial()) await addSm3(form);
    state = "ready";
    form.submit();
  });
}

// A form of one text: a file that is dropped on it is that text.
for (const form of document.querySelectorAll("form[data-drop-text]")) {
  dropping(form, async ([file]) => {
    if (file && file.size < MOST_TEXT) form.elements[form.dataset.dropText].value = await file.text();
  });
}
