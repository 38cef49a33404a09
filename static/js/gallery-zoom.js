// A picture down to its pixels: wheel, double click, two fingers, + and −; what is larger than the stage is dragged, or
// moved by the arrow keys.

const LARGEST = 16; // screen pixels for each of the picture's
const STEP = 1.5;
const PAN = 80; // CSS pixels for a press of an arrow key
const viewer = document.querySelector("[data-viewer]");
const picture = viewer.querySelector("[data-zoom]") && viewer.querySelector(".whole");
const said = viewer.querySelector("[data-zoom-said]");
const veil = viewer.querySelector(".veil");

let scale = 1; // 1 fits the stage
let [left, top] = [0, 0];
const pointers = new Map();

const dense = () => picture.offsetWidth / Number(picture.getAttribute("width"));
const exact = () => 1 / dense() / devicePixelRatio; // pixel for pixel, also where a small picture is fitted larger
const veiled = () => veil && !veil.open;
const largest = () => Math.max(2, LARGEST / dense() / devicePixelRatio);

function place() {
  const stage = viewer.getBoundingClientRect();
  const width = picture.offsetWidth * scale;
  const height = picture.offsetHeight * scale;
  const bound = (offset, start, size, room) => size <= room ? (room - size) / 2 - start : Math.min(-start, Math.max(room - size - start, offset));
  if (scale !== 1) {
    left = bound(left, picture.offsetLeft, width, stage.width);
    top = bound(top, picture.offsetTop, height, stage.height);
  } else {
    [left, top] = [0, 0];
  }
  picture.style.transform = scale !== 1 ? `translate(${left}px, ${top}px) scale(${scale})` : "";
  viewer.toggleAttribute("data-zoomed", scale > 1);
  viewer.toggleAttribute("data-pixels", scale * dense() * devicePixelRatio >= 2);
  said.textContent = `${Math.round(scale * dense() * devicePixelRatio * 100)} %`;
}

/** Larger or smaller, with the point of the screen staying where it is. */
function zoom(to, x, y) {
  const wanted = Math.min(largest(), Math.max(Math.min(1, exact()), to));
  const box = picture.getBoundingClientRect();
  left -= (x - box.left) * (wanted / scale - 1);
  top -= (y - box.top) * (wanted / scale - 1);
  scale = wanted;
  place();
}

function zoomMiddle(to) {
  const { left: x, top: y, width, height } = viewer.getBoundingClientRect();
  zoom(to, x + width / 2, y + height / 2);
}

function pan(x, y) {
  left += x;
  top += y;
  place();
}

/** Pixel for pixel from what fits, else back. */
const other = () => (scale > 1 ? 1 : Math.max(2, exact()));

function listen() {
  viewer.addEventListener("wheel", (event) => {
    if (event.target.closest(".frames") || veiled()) return;
    event.preventDefault();
    zoom(scale * Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), event.clientX, event.clientY);
  }, { passive: false });
  viewer.addEventListener("dblclick", (event) => {
    // What is dragged belongs to the stage, which then gets the clicks too.
    if ([picture, viewer].includes(event.target) && !veiled()) zoom(other(), event.clientX, event.clientY);
  });
  viewer.addEventListener("click", ({ target }) => {
    const by = target.closest("[data-zoom-by]")?.dataset.zoomBy;
    if (by) zoomMiddle(scale * STEP ** Number(by));
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented || veiled()) return;
    if (event.target.closest("input, textarea, select, dialog")) return;
    const by = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] }[event.key];
    if (by && scale > 1) {
      event.preventDefault();
      pan(...by);
    }
    const to = { "+": scale * STEP, "=": scale * STEP, "-": scale / STEP, 0: 1, 1: exact() }[event.key];
    if (to) zoomMiddle(to);
  });
  viewer.addEventListener("pointerdown", grab);
  viewer.addEventListener("pointermove", drag);
  for (const name of ["pointerup", "pointercancel"]) viewer.addEventListener(name, drop);
  veil?.addEventListener("toggle", () => veiled() && zoomMiddle(1));
  picture.draggable = false;
  new ResizeObserver(place).observe(viewer);
}

// ---- Fingers and the mouse ----

function grab(event) {
  if (event.button || (event.target !== picture && event.target !== viewer) || veiled()) return;
  if (event.pointerType === "mouse" && scale <= 1) return;
  pointers.set(event.pointerId, event);
  if (scale > 1 || pointers.size === 2) viewer.setPointerCapture(event.pointerId);
  viewer.toggleAttribute("data-panning", scale > 1);
}

function drag(event) {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  if (pointers.size === 2) {
    const fixed = [...pointers.values()].find(({ pointerId }) => pointerId !== event.pointerId);
    const far = (one) => Math.hypot(one.clientX - fixed.clientX, one.clientY - fixed.clientY);
    zoom(scale * (far(event) / far(before)), (event.clientX + fixed.clientX) / 2, (event.clientY + fixed.clientY) / 2);
  } else if (scale > 1) {
    pan(event.clientX - before.clientX, event.clientY - before.clientY);
  }
  pointers.set(event.pointerId, event);
}

function drop(event) {
  pointers.delete(event.pointerId);
  if (!pointers.size) viewer.removeAttribute("data-panning");
}

if (picture) listen();
