// Looking at one output after the other: keys, swipes, neighbours that are there at once, a slideshow, the way back.
// Each has its own address; stepping takes the place of the one before, so that going back leads to the grid.

const SHOW_MS = 5000;
const SWIPE = 60; // CSS pixels
const KEY = "gallery-seen";
const viewer = document.querySelector("[data-viewer]");
const link = (key) => viewer.querySelector(`[data-key="${CSS.escape(key)}"]`);
const playing = document.body.classList.contains("playing");

// ---- Steps and the way back ----

/** Whether the entry before this one is the grid. */
function cameFromGrid() {
  const { currentEntry, entries } = window.navigation ?? {};
  const before = currentEntry && entries.call(navigation)[currentEntry.index - 1];
  return before?.url && new URL(before.url).pathname === new URL(link("Escape").href).pathname;
}

function leave() {
  sessionStorage.setItem(KEY, JSON.stringify({ id: viewer.dataset.output, url: link("Escape").href }));
  if (cameFromGrid()) history.back();
  else location.assign(link("Escape").href);
}

function go(key) {
  const target = link(key);
  if (!target) return false;
  if (key === "Escape") leave();
  else location.replace(target.href);
  return true;
}

const busy = "input, textarea, select, dialog, [role=radiogroup], details[open], .menu";

document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented || event.target.closest(busy)) return;
  if (event.key === " " && event.target.closest("a, button, summary, video")) return;
  const staysHere = viewer.hasAttribute("data-zoomed") || event.target.closest("video");
  if (["ArrowLeft", "ArrowRight"].includes(event.key) && staysHere) return;
  const key = event.key === "Escape" && playing ? " " : event.key;
  if (["ArrowLeft", "ArrowRight", "Escape", " "].includes(key) && go(key)) event.preventDefault();
});

viewer.addEventListener("click", (event) => {
  const target = event.target.closest("[data-key]");
  if (!target || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  go(target.dataset.key);
});

// ---- Swipes ----

const PLAYER_BAR = 80; // CSS pixels at the lower edge of a player, where people drag its time
let touch = null;

function onControl({ target, clientY }) {
  const onBar = target.matches("video") && clientY > target.getBoundingClientRect().bottom - PLAYER_BAR;
  return onBar || target.closest("a, button, input, summary");
}

viewer.addEventListener("pointerdown", (event) => {
  const first = event.pointerType === "touch" && event.isPrimary;
  touch = first && !onControl(event) && !viewer.hasAttribute("data-zoomed") ? event : null;
});
viewer.addEventListener("pointerup", (event) => {
  if (!touch || viewer.hasAttribute("data-zoomed")) return;
  const [across, down] = [event.clientX - touch.clientX, event.clientY - touch.clientY];
  touch = null;
  if (Math.abs(across) > SWIPE && Math.abs(across) > 2 * Math.abs(down)) go(across < 0 ? "ArrowRight" : "ArrowLeft");
});

// ---- Neighbours ----

addEventListener("load", () => {
  for (const { dataset } of viewer.querySelectorAll("[data-preload]")) new Image().src = dataset.preload;
});

// ---- Slideshow ----

function playOn() {
  go(link("ArrowRight") ? "ArrowRight" : " "); // at the end it stops
}

if (playing) {
  const video = viewer.querySelector("video.whole");
  if (video && !matchMedia("(prefers-reduced-motion: reduce)").matches) {
    video.loop = false;
    video.addEventListener("ended", playOn);
    video.play().catch(() => setTimeout(playOn, SHOW_MS)); // the browser may refuse
  } else {
    setTimeout(playOn, SHOW_MS);
  }
}
