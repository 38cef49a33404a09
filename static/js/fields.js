// Says beside each field what its value means: sliders, the length of a video, the shape of a frame, characters typed.
// Shows a field that does something beside one value of another only there; hidden, it is not sent.

const numbers = (digits) =>
  new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: digits, maximumFractionDigits: digits });

const digitsOf = (step) => (step.split(".")[1] ?? "").length;

const chosen = (form, name) => Number(form.querySelector(`[name="${name}"]:checked`)?.value);

function showSlider(slider) {
  const value = slider.valueAsNumber;
  const [low, high] = [Number(slider.min), Number(slider.max)];
  slider.style.setProperty("--fill", `${((value - low) / (high - low)) * 100}%`);

  const field = slider.closest(".field");
  const band = [...field.querySelectorAll("[data-bands] option")].find((option) => value <= Number(option.value));
  const output = field.querySelector("output");
  const meaning = slider.dataset.duration ? durationOf(slider) : (band?.textContent ?? "");
  const figure = document.createElement("b");
  figure.textContent = numbers(digitsOf(slider.step)).format(value);
  output.replaceChildren(figure, meaning && ` ${meaning}`);
  output.toggleAttribute("data-warning", band?.hasAttribute("data-warning") ?? false);
  slider.setAttribute("aria-valuetext", output.textContent);
}

function durationOf(slider) {
  const fps = chosen(slider.form, "fps");
  if (!fps) return "";
  const seconds = numbers(2).format(slider.valueAsNumber / fps);
  return slider.dataset.duration.replace("{seconds}", seconds).replace("{fps}", fps);
}

function showShape(form) {
  const shape = form.querySelector("[data-shape]");
  const [width, height] = [chosen(form, "width"), chosen(form, "height")];
  if (!shape || !width || !height) return;
  const longest = Math.max(width, height);
  shape.style.setProperty("--w", width / longest);
  shape.style.setProperty("--h", height / longest);
  const { square, portrait, landscape } = shape.dataset;
  shape.querySelector("span").textContent = width === height ? square : width < height ? portrait : landscape;
  shape.hidden = false;
}

function showCount(area) {
  const counter = area.closest(".field").querySelector("[data-counter]");
  const length = area.value.trim().length;
  counter.textContent = `${length} / ${area.dataset.limit}`;
  counter.toggleAttribute("data-over", length > Number(area.dataset.limit));
}

function showWhereItMatters(form) {
  for (const field of form.querySelectorAll("[data-only-with]")) {
    const { onlyWith, onlyAt } = field.dataset;
    field.hidden = form.querySelector(`[name="${onlyWith}"]:checked`)?.value !== onlyAt;
    field.querySelectorAll("input").forEach((input) => { input.disabled = field.hidden; });
  }
}

function showAll(form) {
  form.querySelectorAll("input[type=range]").forEach(showSlider);
  form.querySelectorAll("textarea[data-limit]").forEach(showCount);
  showShape(form);
  showWhereItMatters(form);
}

document.addEventListener("input", ({ target }) => {
  if (target.matches("input[type=range]")) showSlider(target);
  if (target.matches("textarea[data-limit]")) showCount(target);
  if (target.matches("[name=width], [name=height]")) showShape(target.form);
  if (target.form?.querySelector(`[data-only-with="${target.name}"]`)) showWhereItMatters(target.form);
  if (target.matches("[name=fps]")) target.form.querySelectorAll("[data-duration]").forEach(showSlider);
});

document.addEventListener("htmx:load", () => {
  const form = document.getElementById("form");
  if (form) showAll(form);
});
