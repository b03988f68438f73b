// Offices: what the chosen roles exclude is put away and says by which; fonds are asked for where a role handles
// some. Without this file the words stand there all the same, and the server refuses what may not be.

const form = document.querySelector("[data-offices]");
const offices = form ? [...form.querySelectorAll("[data-role]")] : [];
const fonds = document.querySelector("[data-fonds]");

const box = (office) => office.querySelector("input");
const nameOf = (office) => office.querySelector("label").textContent;

function judge() {
  const chosen = offices.filter((office) => box(office).checked);
  for (const office of offices) {
    const against = chosen.filter((one) => one !== office && one.dataset.excludes.split(" ").includes(office.dataset.role));
    box(office).disabled = against.length > 0 && !box(office).checked;
    office.classList.toggle("away", box(office).disabled);
    office.querySelector(".why").textContent = against.length
      ? form.dataset.excluded.replace("{roles}", against.map(nameOf).join(form.dataset.comma))
      : "";
  }
  if (fonds) fonds.hidden = chosen.length > 0 && !chosen.some((office) => office.dataset.handles);
  for (const field of fonds?.querySelectorAll("input") ?? []) field.disabled = fonds.hidden;
}

form?.addEventListener("change", judge);
if (form) judge();
