// What somebody dropped or chose, as files with their paths in the batch. One folder around all of them is the
// batch's name and no part of its paths. Not here: sending them (sending.js).

const DROPPINGS = new Set(["thumbs.db", "ehthumbs.db", "desktop.ini", ".ds_store", ".directory"]);

const isDropping = (path) => {
  const parts = path.toLowerCase().split("/");
  const name = parts.at(-1);
  return DROPPINGS.has(name) || name.startsWith("._") || name.startsWith("~$") || parts.includes("__macosx");
};

// Files of a drop: entries must be taken before the first await, for the browser forgets them then.
export async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (!entries.length) return chosen([...transfer.files]);
  const found = [];
  for (const entry of entries) await walk(entry, "", found);
  return arranged(found, entries.some((entry) => entry.isDirectory));
}

// Files of a file input, of a folder or single ones.
export function chosen(files) {
  const found = files.map((file) => ({ path: file.webkitRelativePath || file.name, file }));
  return arranged(found, files.some((file) => file.webkitRelativePath));
}

// Files that were asked for again, chosen without the folders around them: each to the one place that fits its name.
export function placed(files, needed) {
  return files.map((one) => {
    const fitting = needed.includes(one.path) ? [] : needed.filter((path) => path.endsWith(`/${one.path}`));
    return fitting.length === 1 ? { ...one, path: fitting[0] } : one;
  });
}

async function walk(entry, before, found) {
  if (entry.isFile) {
    const file = await new Promise((good, bad) => entry.file(good, bad));
    found.push({ path: before + entry.name, file });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((good, bad) => reader.readEntries(good, bad)); // a hundred at a time
    if (!some.length) return;
    for (const one of some) await walk(one, `${before}${entry.name}/`, found);
  }
}

function arranged(found, folders) {
  const kept = found.filter((one) => !isDropping(one.path));
  const first = kept[0]?.path.split("/")[0];
  const around = folders && kept.every((one) => one.path.startsWith(`${first}/`));
  const files = around ? kept.map((one) => ({ ...one, path: one.path.slice(first.length + 1) })) : kept;
  for (const one of files) {
    one.size = one.file.size; // as long as it was then: a file that is gone has no length, and reads as an empty one
    one.unpack = !folders && /\.zip$/i.test(one.path);
  }
  const name = around ? first : files.length === 1 ? files[0].path.replace(/\.[^.]*$/, "") : "";
  return { name, files };
}
