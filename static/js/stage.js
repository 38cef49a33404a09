// What is being made now: asks only while somebody looks, changes previews without a flicker, tells others when it ends.

const active = new Set();
const spoken = document.getElementById("spoken");

document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden && event.detail.elt.matches("[data-poll]")) event.preventDefault();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.querySelectorAll("[data-poll]").forEach((element) => htmx.trigger(element, "look"));
});

async function renew(preview, url) {
  const next = new Image();
  next.src = url;
  await next.decode();
  preview.src = url;
}

function say(card) {
  const text = card.querySelector("[data-spoken]").textContent.replaceAll(/\s+/g, " ").trim();
  if (spoken.textContent !== text) spoken.textContent = text;
}

function look(card) {
  const { preview: url } = card.dataset;
  const preview = card.querySelector("img.preview");
  if (preview && preview.getAttribute("src") !== url) renew(preview, url).catch(() => {}); // gone with the run's end
  say(card);
  if (card.hasAttribute("data-poll")) {
    active.add(card.id);
  } else if (active.delete(card.id)) {
    htmx.trigger(document.body, "generation-ended");
  }
}

document.addEventListener("htmx:load", ({ detail }) => {
  const card = detail.elt.matches("[data-card]") ? detail.elt : detail.elt.querySelector("[data-card]");
  if (card) look(card);
});
