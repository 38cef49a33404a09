// Keyframes on a time line: add, remove, drag; says where the model will really place each.

import { renumber } from "./rows.js";

const box = () => document.querySelector(".keyframes");
const rows = () => [...box().querySelectorAll("[data-keyframe]")];
const indexOf = (row) => row.querySelector("[data-keyframe-index]");
const lastFrame = () => Number(document.querySelector("[name=num_frames]").value) - 1;

/** Where keyframes at these rising indices will stand: the nearest free multiple of the stride, or the last frame. */
function snapped(indices, stride, last) {
  const places = [...new Set([...Array(Math.ceil((last + 1) / stride)).keys()].map((number) => number * stride).concat(last))];
  let behind = 0;
  return indices.map((index, number) => {
    const free = places.slice(behind, places.length - (indices.length - number - 1));
    const spot = free.reduce((best, place) => (Math.abs(place - index) <= Math.abs(best - index) ? place : best), free[0]);
    behind = places.indexOf(spot) + 1;
    return spot;
  });
}

/** The middle of the widest gap; the ends first. */
function freeIndex() {
  const last = lastFrame();
  const taken = rows().map((row) => indexOf(row).valueAsNumber).filter(Number.isFinite).sort((a, b) => a - b);
  for (const end of [0, last]) if (!taken.includes(end)) return end;
  const gaps = taken.slice(1).map((index, at) => [index - taken[at], Math.floor((index + taken[at]) / 2)]);
  return Math.max(...gaps.map(([width]) => width)) > 1 ? gaps.sort((a, b) => b[0] - a[0])[0][1] : last;
}

function renumbered() {
  renumber(box(), rows(), "keyframes");
  box().querySelector("[data-keyframe-add]").disabled = rows().length >= Number(box().dataset.max);
}

function draw() {
  const { stride, textSnapped } = box().dataset;
  const last = lastFrame();
  const line = box().querySelector("[data-timeline]");
  line.querySelectorAll(".timeline-mark").forEach((mark) => mark.remove());
  line.querySelector("[data-timeline-end]").textContent = last;
  const valueOf = (row) => indexOf(row).valueAsNumber;
  const inside = rows().filter((row) => valueOf(row) >= 0 && valueOf(row) <= last).sort((a, b) => valueOf(a) - valueOf(b));
  const spots = snapped(inside.map(valueOf), Number(stride), last);
  for (const row of rows()) {
    indexOf(row).max = last;
    const spot = spots[inside.indexOf(row)];
    row.querySelector("[data-keyframe-snapped]").textContent =
      spot !== undefined && spot !== valueOf(row) ? textSnapped.replace("{spot}", spot) : "";
  }
  for (const row of inside) line.append(mark(row, valueOf(row) / last));
}

function mark(row, at) {
  const picture = row.querySelector("[data-drop-picture]");
  const element = document.createElement("span");
  element.className = "timeline-mark";
  element.style.setProperty("--at", `${at * 100}%`);
  const face = document.createElement(picture.getAttribute("src") ? "img" : "i");
  if (face.matches("img")) Object.assign(face, { src: picture.src, alt: "", draggable: false });
  element.append(face);
  element.addEventListener("pointerdown", (event) => drag(event, element, row));
  return element;
}

function drag(event, element, row) {
  event.preventDefault();
  const line = element.parentElement.getBoundingClientRect();
  element.setPointerCapture(event.pointerId);
  element.dataset.moving = "";
  const move = ({ clientX }) => {
    const at = Math.min(1, Math.max(0, (clientX - line.left) / line.width));
    indexOf(row).value = Math.round(at * lastFrame());
    element.style.setProperty("--at", `${at * 100}%`);
  };
  const drop = () => {
    element.removeEventListener("pointermove", move);
    indexOf(row).dispatchEvent(new Event("change", { bubbles: true }));
    draw();
  };
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", drop, { once: true });
  element.addEventListener("pointercancel", drop, { once: true });
}

document.addEventListener("click", ({ target }) => {
  if (target.closest("[data-keyframe-add]")) {
    const index = freeIndex();
    const row = box().querySelector("[data-keyframe-template]").content.cloneNode(true).firstElementChild;
    indexOf(row).value = index;
    box().querySelector("[data-keyframe-rows]").append(row);
    renumbered();
    draw();
    indexOf(row).focus();
  }
  const remove = target.closest("[data-keyframe-remove]");
  if (remove) {
    remove.closest("[data-keyframe]").remove();
    renumbered();
    draw();
    box().querySelector("[data-keyframe-add]").focus();
  }
});

document.addEventListener("input", ({ target }) => {
  if (box() && target.matches("[data-keyframe-index], [name=num_frames]")) draw();
});
document.addEventListener("picture-changed", () => box() && draw());
document.addEventListener("htmx:load", ({ target }) => {
  if (!box() || !target.contains(box())) return; // the estimate beside it may change in the middle of a drag
  for (const row of rows().slice(1).reverse()) { // the blank rows are for those without this script
    if (indexOf(row).value === "" && !row.querySelector("[data-filled]")) row.remove();
  }
  renumbered();
  draw();
});
