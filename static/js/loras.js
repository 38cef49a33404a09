// LoRAs: add and remove rows.

const box = () => document.querySelector(".loras");
const rows = () => [...box().querySelectorAll("[data-lora]")];

function renumber() {
  rows().forEach((row, number) => {
    for (const element of row.querySelectorAll("[name], [id], [aria-describedby]")) {
      for (const attribute of ["name", "id", "aria-describedby"]) {
        const value = element.getAttribute(attribute);
        if (value) element.setAttribute(attribute, value.replaceAll(/loras-(\d+|__prefix__)/g, `loras-${number}`));
      }
    }
  });
  box().querySelector("[name=loras-TOTAL_FORMS]").value = rows().length;
  const add = box().querySelector("[data-lora-add]");
  if (add) add.disabled = rows().length >= Number(box().dataset.max);
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-lora-add]")) {
    const row = box().querySelector("[data-lora-template]").content.cloneNode(true).firstElementChild;
    box().querySelector("[data-lora-rows]").append(row);
    renumber();
    row.querySelector("select").focus();
  }
  const remove = target.closest("[data-lora-remove]");
  if (remove) {
    remove.closest("[data-lora]").remove();
    renumber();
    box().querySelector("[data-lora-add]")?.focus();
  }
});

document.addEventListener("htmx:load", ({ target }) => {
  if (!box()?.querySelector("[data-lora-rows]") || !target.contains(box())) return;
  for (const row of rows()) { // the blank rows are for those without this script
    if (row.querySelector("select").value === "") row.remove();
  }
  renumber();
});
