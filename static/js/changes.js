// Marks each field that is no longer as it was in what the form is based on; the server marks them as it draws the form.

const form = () => document.getElementById("form");

const same = (one, other) => one === other || (one !== "" && other !== "" && Number(one) === Number(other));

/** The texts of a field by their names, without what is empty and what only counts rows. */
function valuesOf(field) {
  const names = new Set([...field.querySelectorAll("[name]")].map((control) => control.name));
  const values = {};
  for (const [name, value] of new FormData(form())) {
    if (!names.has(name) || name.endsWith("_FORMS")) continue;
    const text = value instanceof File ? value.name : value.replaceAll("\r\n", "\n").trim();
    if (text !== "") values[name] = text;
  }
  return values;
}

function mark(field) {
  const [was, now] = [JSON.parse(field.dataset.was), valuesOf(field)];
  const names = [...new Set([...Object.keys(was), ...Object.keys(now)])];
  field.toggleAttribute("data-changed", names.some((name) => !same(was[name] ?? "", now[name] ?? "")));
}

const markAll = () => form()?.querySelectorAll("[data-was]").forEach(mark);

for (const happened of ["input", "change", "picture-changed", "htmx:load"]) document.addEventListener(happened, markAll);
document.addEventListener("click", ({ target }) => {
  if (target.closest("#form")) queueMicrotask(markAll); // rows come and go by buttons
});
