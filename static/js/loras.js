// LoRAs: add and remove rows.

import { renumber } from "./rows.js";

const box = () => document.querySelector(".loras");
const rows = () => [...box().querySelectorAll("[data-lora]")];

function renumbered() {
  renumber(box(), rows(), "loras");
  const add = box().querySelector("[data-lora-add]");
  if (add) add.disabled = rows().length >= Number(box().dataset.max);
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-lora-add]")) {
    const row = box().querySelector("[data-lora-template]").content.cloneNode(true).firstElementChild;
    box().querySelector("[data-lora-rows]").append(row);
    renumbered();
    row.querySelector("select").focus();
  }
  const remove = target.closest("[data-lora-remove]");
  if (remove) {
    remove.closest("[data-lora]").remove();
    renumbered();
    box().querySelector("[data-lora-add]")?.focus();
  }
});

document.addEventListener("htmx:load", ({ target }) => {
  if (!box()?.querySelector("[data-lora-rows]") || !target.contains(box())) return;
  for (const row of rows()) { // the blank rows are for those without this script
    if (row.querySelector("select").value === "") row.remove();
  }
  renumbered();
});
