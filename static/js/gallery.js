// Cards of outputs: what stands there while a picture loads, films that play while a card is pointed at or focused,
// arrow keys from card to card, F for its heart.

import { draw } from "./thumbhash.js";

const PAUSE_MS = 110; // a pointer that passes by starts nothing
const NEAR = "600px 0px";
const calm = matchMedia("(prefers-reduced-motion: reduce)");

// ---- Placeholders ----

const nearby = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    nearby.unobserve(target);
    hold(target);
  }
}, { rootMargin: NEAR });

// Drawn on again: to throw a canvas away takes longer than to draw on it, and happens to hundreds at a time.
const spare = [];

function hold(tile) {
  const picture = tile.querySelector("img");
  if (picture.complete && picture.naturalWidth) return;
  const placeholder = spare.pop() ?? document.createElement("canvas");
  draw(tile.dataset.thumbhash, placeholder);
  picture.before(placeholder);
  picture.addEventListener("load", () => {
    placeholder.remove();
    spare.push(placeholder);
  }, { once: true });
}

document.addEventListener("htmx:load", ({ detail }) => {
  for (const tile of detail.elt.querySelectorAll(".tile[data-thumbhash]")) nearby.observe(tile);
  for (const video of calm.matches ? [] : detail.elt.querySelectorAll("video[data-autoplay]")) {
    video.play().catch(() => {}); // the browser may refuse
  }
});

// ---- Films ----

let waiting = 0;

function start(tile) {
  const { film, animated } = tile.dataset;
  if (calm.matches || !(film || animated) || tile.querySelector("[data-playing]")) return;
  const moving = document.createElement(film ? "video" : "img");
  moving.dataset.playing = "";
  if (film) Object.assign(moving, { muted: true, loop: true, playsInline: true, disablePictureInPicture: true });
  else moving.alt = "";
  moving.src = film ?? animated;
  tile.querySelector("a > img").after(moving);
  if (film) moving.play().catch(() => {}); // left before it could start
}

function stop(tile) {
  clearTimeout(waiting);
  const moving = tile.querySelector("[data-playing]");
  moving?.removeAttribute("src"); // ends its download
  moving?.remove();
}

const tileOf = (event) => event.target.closest?.(".tile");
const within = (event) => tileOf(event)?.contains(event.relatedTarget);

for (const [begin, end] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
  document.addEventListener(begin, (event) => {
    const tile = tileOf(event);
    if (!tile || within(event)) return;
    clearTimeout(waiting);
    waiting = setTimeout(start, PAUSE_MS, tile);
  });
  document.addEventListener(end, (event) => tileOf(event) && !within(event) && stop(tileOf(event)));
}

// ---- Arrow keys ----

/** The card whose middle is nearest to this one's in the next row up or down. */
function across(tiles, tile, step) {
  const middle = (box) => box.left + box.width / 2;
  const here = tile.getBoundingClientRect();
  const beyond = (box) => (step > 0 ? box.top >= here.bottom : box.bottom <= here.top);
  let found = null;
  let row = null;
  for (let at = tiles.indexOf(tile) + step; tiles[at]; at += step) {
    const box = tiles[at].getBoundingClientRect();
    if (!beyond(box) || !box.height) continue;
    row ??= box.top;
    if (Math.abs(box.top - row) > 1) break;
    const far = Math.abs(middle(box) - middle(here));
    if (!found || far < found.far) found = { tile: tiles[at], far };
  }
  return found?.tile;
}

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || !event.key.startsWith("Arrow")) return;
  const tile = tileOf(event);
  if (!tile) return;
  const tiles = [...(tile.closest(".feed") ?? tile.parentElement).querySelectorAll(".tile:not([data-waiting])")];
  const step = ["ArrowRight", "ArrowDown"].includes(event.key) ? 1 : -1;
  const next = ["ArrowLeft", "ArrowRight"].includes(event.key) ? tiles[tiles.indexOf(tile) + step] : across(tiles, tile, step);
  if (!next) return;
  event.preventDefault();
  next.querySelector("a").focus();
  next.dispatchEvent(new CustomEvent("tile-reached", { bubbles: true, detail: { from: tile, extend: event.shiftKey } }));
});

// ---- Hearts ----

const typed = "input:not(.pick), textarea, select, dialog, .menu";

const sending = new WeakSet();
const isLiked = (heart) => heart.getAttribute("aria-pressed") === "true";

function like(heart, on) {
  heart.setAttribute("aria-pressed", on);
  heart.value = on ? 0 : 1;
}

/** Whether the server took it; what went wrong, the page tells. */
async function sent(heart, on) {
  let status = 0;
  heart.addEventListener("htmx:afterRequest", ({ detail }) => { status = detail.xhr.status; }, { once: true });
  const headers = { "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value };
  try {
    await htmx.ajax("POST", heart.formAction, { source: heart, swap: "none", values: { on: on ? 1 : 0 }, headers });
  } catch {
    return false; // no answer
  }
  return status >= 200 && status < 300;
}

/** Until the server has what is shown. One after the other, or an earlier press might come in last. */
async function settle(heart) {
  if (sending.has(heart)) return;
  sending.add(heart);
  let kept = !isLiked(heart);
  while (kept !== isLiked(heart)) {
    const on = isLiked(heart);
    if (await sent(heart, on)) kept = on;
    else like(heart, kept);
  }
  sending.delete(heart);
}

document.addEventListener("click", (event) => {
  const heart = event.target.closest?.(".heart");
  if (!heart) return;
  event.preventDefault();
  like(heart, !isLiked(heart));
  settle(heart);
});

/** Of the card that is focused, or of the page's own output. */
document.addEventListener("keydown", (event) => {
  if (event.code !== "KeyF" || event.repeat || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.target.closest(typed)) return;
  (tileOf(event) ?? document.querySelector(".rail-title"))?.querySelector(".heart")?.click();
});
