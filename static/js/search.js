// Suggestions below the search box: a combobox whose list the server fills. Arrows choose, Enter takes, Escape closes.

const box = document.querySelector("#search-box");
const list = document.querySelector("#search-suggestions");
const options = () => [...list.querySelectorAll("[role=option]")];
let chosen = null;

function choose(option) {
  chosen?.setAttribute("aria-selected", "false");
  chosen = option ?? null;
  chosen?.setAttribute("aria-selected", "true");
  chosen?.scrollIntoView({ block: "nearest" });
  if (chosen) box.setAttribute("aria-activedescendant", chosen.id);
  else box.removeAttribute("aria-activedescendant");
}

function show(open) {
  const shown = open && options().length > 0;
  list.hidden = !shown;
  box.setAttribute("aria-expanded", String(shown));
  choose(null);
}

function take(option) {
  const { text, caret } = option.dataset;
  box.value = text;
  box.setSelectionRange(Number(caret), Number(caret));
  show(false);
  if (text[caret - 1] === ":") suggest();
}

const suggest = () => box.dispatchEvent(new CustomEvent("suggest"));

function step(by) {
  const all = options();
  const place = all.indexOf(chosen);
  choose(all.at(place < 0 ? (by > 0 ? 0 : -1) : (place + by) % all.length));
}

box.addEventListener("htmx:configRequest", ({ detail }) => {
  detail.parameters.at = box.selectionStart;
});
list.addEventListener("htmx:afterSwap", () => show(document.activeElement === box));

box.addEventListener("keydown", (event) => {
  const open = !list.hidden;
  if (event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (open) step(event.key === "ArrowDown" ? 1 : -1);
    else suggest();
  } else if (event.key === "Enter" && open && chosen) {
    event.preventDefault();
    take(chosen);
  } else if (event.key === "Tab" && open && chosen) {
    event.preventDefault();
    take(chosen);
  } else if (event.key === "Escape" && open) {
    event.preventDefault();
    event.stopPropagation();
    show(false);
  }
});

box.addEventListener("click", () => list.hidden && suggest());
box.addEventListener("blur", () => show(false));
list.addEventListener("mousedown", (event) => {
  event.preventDefault(); // the box keeps the focus
  const option = event.target.closest("[role=option]");
  if (option) take(option);
});
