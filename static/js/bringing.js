// Files for the gallery: drop them anywhere on the page, see how many were chosen, and that they are on their way.

const form = document.querySelector("[data-bringing]");
const input = form.elements.files;
const drop = form.querySelector(".drop");
const chosen = form.querySelector("[data-chosen]");
const button = form.querySelector("button[type=submit]");
const NAMED = 3;
const MOST = Number(input.dataset.most);

const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");

function show() {
  const names = [...input.files].map((file) => file.name);
  const many = chosen.dataset.textMany.replace("%s", names.length);
  if (names.length) chosen.textContent = names.length > NAMED ? many : names.join(", ");
  input.setCustomValidity(names.length > MOST ? input.dataset.textTooMany : "");
  button.disabled = false;
}

document.addEventListener("dragover", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  drop.toggleAttribute("data-over", true);
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) drop.removeAttribute("data-over");
});
document.addEventListener("drop", (event) => {
  if (!carriesFiles(event)) return;
  event.preventDefault();
  drop.removeAttribute("data-over");
  const carrier = new DataTransfer();
  for (const file of [...input.files, ...event.dataTransfer.files]) carrier.items.add(file);
  input.files = carrier.files;
  show();
});
input.addEventListener("change", show);
form.addEventListener("submit", () => {
  button.disabled = true;
  button.textContent = button.dataset.textBusy;
});
window.addEventListener("pageshow", () => show());
