// Parameters from a file: choose it or drop it on the prompt or the stage, look at what would change, fill the form.

const reader = document.getElementById("read");
const input = reader.elements.file;
const dialog = document.getElementById("reading");
const TARGETS = ".field[data-field=prompt], #stage";

const targetOf = (event) => event.dataTransfer?.types.includes("Files") && event.target.closest?.(TARGETS);

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-read]")) return;
  event.preventDefault();
  input.click();
});

document.addEventListener("dragover", (event) => {
  const target = targetOf(event);
  if (!target) return;
  event.preventDefault();
  target.toggleAttribute("data-over", true);
});
document.addEventListener("dragleave", (event) => {
  const target = event.target.closest?.(TARGETS);
  if (target && !target.contains(event.relatedTarget)) target.removeAttribute("data-over");
});
document.addEventListener("drop", (event) => {
  const target = targetOf(event);
  if (!target) return;
  event.preventDefault();
  target.removeAttribute("data-over");
  const carrier = new DataTransfer();
  carrier.items.add(event.dataTransfer.files[0]);
  input.files = carrier.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

// The form's own pictures do not matter to what a file says: do not send them along.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt !== reader) return;
  for (const [name, value] of [...detail.formData]) {
    if (value instanceof File && name !== input.name) detail.formData.delete(name);
  }
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id !== "reading-outcome") return;
  input.value = ""; // so that the same file can be chosen again
  if (!dialog.open) dialog.showModal();
});
document.addEventListener("htmx:load", ({ detail }) => {
  if (detail.elt.id === "form" && dialog.open) dialog.close();
});
