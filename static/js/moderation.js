// One key for each act: the letters stand on the buttons of the case that has the focus; J and K go from case to case.

const cases = [...document.querySelectorAll("[data-case]")];
const current = () => document.activeElement.closest("[data-case]");

function go(step) {
  const next = cases[cases.indexOf(current()) + step] ?? cases[step > 0 ? 0 : cases.length - 1];
  next?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select");
  if (event.altKey || event.ctrlKey || event.metaKey || typing) return;
  if (event.code === "KeyJ" || event.code === "KeyK") {
    go(event.code === "KeyJ" ? 1 : -1);
    event.preventDefault();
    return;
  }
  // By the place on the keyboard: the letters are the same where another alphabet is switched on.
  const pressed = event.code.startsWith("Key") && current()?.querySelector(`[data-key="${event.code.slice(3).toLowerCase()}"]`);
  if (pressed) {
    pressed.click();
    event.preventDefault();
  }
});
