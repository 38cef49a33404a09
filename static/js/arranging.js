// The order of a collection: by dragging, or by the arrows of each item, which work without this script too.

const list = document.querySelector("[data-arrange]");
const said = document.querySelector("[data-arranged]");
const items = () => [...list.children];

/** Tell the server before whom the item stands now, and everybody what can be pressed. */
async function keep(item) {
  items().forEach((each, place, all) => {
    const [earlier, later] = each.querySelectorAll("[data-step]");
    earlier.disabled = place === 0;
    later.disabled = place === all.length - 1;
    earlier.value = all[place - 1]?.dataset.output ?? "";
    later.value = all[place + 2]?.dataset.output ?? (place + 2 === all.length ? list.dataset.behind : "");
  });
  const values = new FormData(item.querySelector("form"));
  values.set("before", item.nextElementSibling?.dataset.output ?? list.dataset.behind);
  const answer = await fetch(list.dataset.arrange, { method: "POST", body: values, headers: { "HX-Request": "true" } });
  if (!answer.ok) location.reload(); // something else changed it meanwhile
  said.textContent = said.dataset.text.replace("%s", items().indexOf(item) + 1).replace("%t", items().length);
}

list.addEventListener("submit", (event) => {
  const step = Number(event.submitter.dataset.step);
  if (!step) return;
  event.preventDefault();
  const item = event.target.closest("[data-output]");
  if (step < 0) item.previousElementSibling.before(item);
  else item.nextElementSibling.after(item);
  keep(item);
  if (event.submitter.disabled) item.querySelector("[data-step]:not(:disabled)")?.focus();
  else event.submitter.focus();
});

let dragged;
let start;

list.addEventListener("dragstart", (event) => {
  dragged = event.target.closest("[data-output]");
  start = dragged.nextElementSibling;
  dragged.dataset.moving = "";
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.dataset.output);
});

list.addEventListener("dragover", (event) => {
  const over = event.target.closest("[data-output]");
  if (!dragged) return;
  event.preventDefault();
  if (!over || over === dragged) return;
  const { left, width } = over.getBoundingClientRect();
  if (event.clientX < left + width / 2) over.before(dragged);
  else over.after(dragged);
});

list.addEventListener("drop", (event) => event.preventDefault());

list.addEventListener("dragend", (event) => {
  delete dragged.dataset.moving;
  if (event.dataTransfer.dropEffect === "none") list.insertBefore(dragged, start); // let go elsewhere: nothing has changed
  else if (dragged.nextElementSibling !== start) keep(dragged);
  dragged = undefined;
});
