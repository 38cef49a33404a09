// Tiles that play while they are pointed at or focused; arrow keys between tiles and between results.

const calm = matchMedia("(prefers-reduced-motion: reduce)");

function start(tile) {
  if (calm.matches) return;
  const video = tile.querySelector("video");
  video?.play().catch(() => {}); // left before it could start
  const moving = tile.querySelector("[data-animated]");
  if (moving) {
    moving.dataset.still ??= moving.src;
    moving.src = moving.dataset.animated;
  }
}

function stop(tile) {
  const video = tile.querySelector("video");
  if (video) {
    video.pause();
    video.load();
  }
  const moving = tile.querySelector("[data-still]");
  if (moving) moving.src = moving.dataset.still;
}

const tileOf = (event) => event.target.closest?.(".tile");
const within = (event) => tileOf(event)?.contains(event.relatedTarget);

for (const [begin, end] of [["mouseover", "mouseout"], ["focusin", "focusout"]]) {
  document.addEventListener(begin, (event) => tileOf(event) && !within(event) && start(tileOf(event)));
  document.addEventListener(end, (event) => tileOf(event) && !within(event) && stop(tileOf(event)));
}

document.addEventListener("keydown", (event) => {
  if (!["ArrowLeft", "ArrowRight"].includes(event.key) || event.altKey || event.ctrlKey || event.metaKey) return;
  const tile = tileOf(event);
  if (tile) {
    const tiles = [...tile.parentElement.querySelectorAll(".tile")];
    tiles[tiles.indexOf(tile) + (event.key === "ArrowRight" ? 1 : -1)]?.focus();
  } else if (!event.target.closest("input, textarea, select, video, [role=radiogroup]")) {
    document.querySelector(`[data-key="${event.key}"]`)?.click();
  }
});

document.addEventListener("htmx:load", ({ detail }) => {
  if (calm.matches) return;
  for (const video of detail.elt.querySelectorAll("video[data-autoplay]")) video.play().catch(() => {}); // the browser may refuse
});
