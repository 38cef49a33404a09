// Picture fields: choose, drop, paste, or take one from the gallery; shows at once what was taken.

const TYPES = ["image/png", "image/jpeg", "image/webp"];
const picker = document.getElementById("picker");

let picking = null;

const parts = (drop) => ({
  file: drop.querySelector("input[type=file]"),
  stored: drop.querySelector("[data-drop-stored]"),
  output: drop.querySelector("[data-drop-output]"),
  picture: drop.querySelector("[data-drop-picture]"),
  name: drop.querySelector("[data-drop-name]"),
  size: drop.querySelector("[data-drop-size]"),
});

function show(drop, source, name) {
  const { picture, name: label, size } = parts(drop);
  size.textContent = "";
  picture.onload = () => {
    size.textContent = `${picture.naturalWidth} × ${picture.naturalHeight}`;
    drop.dispatchEvent(new CustomEvent("picture-changed", { bubbles: true }));
  };
  picture.src = source;
  label.textContent = name;
  drop.toggleAttribute("data-filled", true);
}

function takeFile(drop) {
  const { file, stored, output } = parts(drop);
  const [taken] = file.files;
  if (!taken) return;
  if (!TYPES.includes(taken.type)) {
    clear(drop);
    say(drop, file.dataset.textNotImage);
    return;
  }
  say(drop, "");
  stored.value = output.value = "";
  show(drop, URL.createObjectURL(taken), taken.name);
}

function takeOutput(drop, tile) {
  const { file, stored, output } = parts(drop);
  file.value = stored.value = "";
  output.value = tile.dataset.output;
  say(drop, "");
  const poster = tile.querySelector("img, video");
  show(drop, poster.poster ?? poster.currentSrc, tile.dataset.label);
}

function clear(drop) {
  const { file, stored, output, picture } = parts(drop);
  file.value = stored.value = output.value = "";
  if (picture.src.startsWith("blob:")) URL.revokeObjectURL(picture.src);
  picture.removeAttribute("src");
  drop.removeAttribute("data-filled");
  drop.dispatchEvent(new CustomEvent("picture-changed", { bubbles: true }));
}

function say(drop, text) {
  const box = document.getElementById(`${parts(drop).file.id}-errors`);
  const line = document.createElement("p");
  line.textContent = text;
  box.replaceChildren(...(text ? [line] : []));
}

function give(drop, file) {
  const carrier = new DataTransfer();
  carrier.items.add(file);
  const input = parts(drop).file;
  input.files = carrier.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

// A form that the server draws again cannot bring chosen files back: carry them over by their field's name.
const carried = new Map();
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id !== "form") return;
  for (const input of detail.target.querySelectorAll("[data-drop] input[type=file]")) {
    if (input.files.length) carried.set(input.name, input.files);
    else carried.delete(input.name);
  }
});
document.addEventListener("htmx:load", ({ detail }) => {
  if (detail.elt.id !== "form") return;
  for (const drop of detail.elt.querySelectorAll("[data-drop]:not([data-filled])")) {
    const { file } = parts(drop);
    if (!carried.has(file.name)) continue;
    file.files = carried.get(file.name);
    takeFile(drop);
  }
});

document.addEventListener("change", ({ target }) => {
  const drop = target.matches("input[type=file]") && target.closest("[data-drop]");
  if (drop) takeFile(drop);
});

document.addEventListener("dragover", (event) => {
  const drop = event.target.closest?.("[data-drop]");
  if (!drop) return;
  event.preventDefault();
  drop.toggleAttribute("data-over", true);
});
document.addEventListener("dragleave", (event) => {
  const drop = event.target.closest?.("[data-drop]");
  if (drop && !drop.contains(event.relatedTarget)) drop.removeAttribute("data-over");
});
document.addEventListener("drop", (event) => {
  const drop = event.target.closest?.("[data-drop]");
  if (!drop) return;
  event.preventDefault();
  drop.removeAttribute("data-over");
  const [file] = event.dataTransfer.files;
  if (file) give(drop, file);
});

document.addEventListener("paste", (event) => {
  const file = [...event.clipboardData.files].find((each) => TYPES.includes(each.type));
  const drops = [...document.querySelectorAll("#form [data-drop]")];
  const drop = document.activeElement.closest("[data-drop]") ?? drops.find((each) => !each.hasAttribute("data-filled"));
  if (!file || !(drop ?? drops[0])) return;
  event.preventDefault();
  give(drop ?? drops[0], file);
});

document.addEventListener("click", (event) => {
  const drop = event.target.closest("[data-drop]");
  if (drop && event.target.closest("[data-drop-clear]")) clear(drop);
  if (drop && event.target.closest("[data-pick]")) {
    picking = drop;
    htmx.trigger("#picker-cards", "open-picker");
    picker.showModal();
  }
  const tile = event.target.closest("#picker .tile");
  if (tile) {
    event.preventDefault();
    takeOutput(picking, tile);
    picker.close();
  }
});
