// Proofs and checkpoints that are dropped: read here, and put into the form. What is no proof is content: its
// digest is computed here and only the digest is sent. Without it texts can be pasted. Not here: verifying.

const MOST_TEXT = 700_000; // of all papers; the server takes 1 MiB of form
const MOST_CONTENT = 1 << 30;
const KEY = /^(?:[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+\s*)+$/;
const PROOF = [/^\s*\{\s*"format"\s*:\s*"lantai-/, /^c2sp\.org\/tlog-proof@/, /^[^\n]+\n\d+\n[A-Za-z0-9+/=]{44}\n(?:[^\n]+\n)*\n— /];

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

function rowOf(form, file, paper) {
  const row = document.createElement("li");
  const name = document.createElement("strong");
  name.textContent = file.name;
  const what = document.createElement("span");
  what.className = "quiet-ink";
  what.textContent = { key: form.dataset.asKey, proof: form.dataset.asProof, content: form.dataset.asContent }[paper.as] ?? form.dataset.tooLarge;
  const gone = document.createElement("button");
  gone.type = "button";
  gone.className = "quiet";
  gone.textContent = form.dataset.remove;
  gone.setAttribute("aria-label", `${form.dataset.remove} ${file.name}`);
  gone.addEventListener("click", () => row.remove());
  row.append(name, " ", what, " ", gone);
  if (paper.value) {
    const sent = document.createElement("input");
    sent.type = "hidden";
    sent.name = "paper";
    sent.value = JSON.stringify(paper.value);
    row.append(sent);
  }
  return row;
}

async function take(form, files) {
  for (const file of files) {
    const paper = await paperOf(file);
    if (paper.as === "key") form.elements.verifier.value = paper.text.trim();
    form.querySelector("#given").append(rowOf(form, file, paper));
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
  form.querySelector("[data-drop]").hidden = false;
  const chooser = form.querySelector("input[type=file]");
  chooser.addEventListener("change", async () => {
    await take(form, [...chooser.files]);
    chooser.value = "";
  });
  dropping(form, (files) => take(form, files));
}

// A form of one text: a file that is dropped on it is that text.
for (const form of document.querySelectorAll("form[data-drop-text]")) {
  dropping(form, async ([file]) => {
    if (file && file.size < MOST_TEXT) form.elements[form.dataset.dropText].value = await file.text();
  });
}
