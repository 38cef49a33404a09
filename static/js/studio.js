// The form as a whole: submit from the keyboard, the running estimate, seeds, what stays open when the form is redrawn.

const form = () => document.getElementById("form");

let advancedOpen = false;

function setField(name, value) {
  const field = form().elements[name];
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  return field;
}

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && form().contains(event.target)) {
    event.preventDefault();
    form().requestSubmit(form().querySelector(".generate"));
  }
});

document.addEventListener("click", ({ target }) => {
  const seed = target.closest("[data-seed]");
  if (seed) setField("seed", seed.dataset.seed);
  const starter = target.closest("[data-prompt]");
  if (starter) setField("prompt", starter.dataset.prompt).focus();
});

document.addEventListener("change", ({ target }) => {
  if (target.form === form() && !target.closest(".chooser")) htmx.trigger(document.body, "estimate");
});
// Where a model may not read a whole text, the estimate's answer says so: ask for it as people write.
document.addEventListener("input", ({ target }) => {
  if (target.form === form() && target.closest(".field")?.querySelector("[data-reading]")) htmx.trigger(document.body, "estimate");
});
document.addEventListener("generation-submitted", () => {
  htmx.trigger(document.body, "estimate");
  // The form stays as it is after a submit; only what an earlier refusal said about it goes.
  form().querySelectorAll(".errors p, .alert").forEach((message) => message.remove());
  form().querySelectorAll("[aria-invalid]").forEach((field) => field.removeAttribute("aria-invalid"));
  form().querySelectorAll("[data-invalid]").forEach((field) => field.removeAttribute("data-invalid"));
});
document.addEventListener("generation-ended", () => htmx.trigger(document.body, "estimate"));

// The estimate needs no pictures: do not send them again with every slider.
document.addEventListener("htmx:configRequest", ({ detail }) => {
  if (detail.elt.id !== "estimate") return;
  for (const [name, value] of [...detail.formData]) {
    if (value instanceof File) detail.formData.delete(name);
  }
});

document.addEventListener("toggle", ({ target }) => {
  if (target.id === "advanced") advancedOpen = target.open;
}, true);

document.addEventListener("htmx:load", ({ detail }) => {
  if (detail.elt.id !== "form") return;
  const advanced = document.getElementById("advanced");
  advanced.open ||= advancedOpen;
  const wrong = form().querySelector("[aria-invalid=true]");
  if (!wrong) return;
  const field = wrong.matches("input, textarea") ? wrong : wrong.querySelector("input");
  field.focus({ preventScroll: true });
  wrong.closest(".field").scrollIntoView({ block: "center" });
});
