// Choosing cards: by their boxes, in ranges with shift, by a rectangle that the mouse draws, by a finger that rests on
// them, from the keyboard (X). What is chosen goes along with the form below the grid.

const MOST = 500;
const COMPARED = [2, 4];
const DRAWN = 6; // CSS pixels from which on a press is a rectangle
const HOLD_MS = 500;
const STILL = 10; // CSS pixels that a finger at rest may move

const feed = document.querySelector(".feed");
const form = document.getElementById("selection");
const mode = document.querySelector("[data-select-mode]");
const boxOf = (tile) => tile.querySelector(".pick");
const chosen = () => [...feed.querySelectorAll(".pick:checked")];

/** How many outputs these stand for: a card of a closed stack stands for all of it. */
const counted = (boxes) => boxes.reduce((count, box) => count + Number(box.parentElement.dataset.stacked ?? 1), 0);

let anchor = null; // where a range begins

// ---- State ----

function told() {
  const boxes = chosen();
  form.querySelector("output b").textContent = counted(boxes);
  for (const part of [form, feed]) part.toggleAttribute("data-any", boxes.length > 0);
  const compare = form.querySelector("[data-compare-selected]");
  if (compare) compare.disabled = boxes.length < COMPARED[0] || boxes.length > COMPARED[1];
}

function set(boxes, on) {
  let room = MOST - counted(chosen());
  for (const box of boxes) {
    if (box.checked === on) continue;
    if (on) room -= counted([box]);
    if (on && room < 0) {
      document.dispatchEvent(new CustomEvent("say", { detail: form.dataset.textMost }));
      break;
    }
    box.checked = on;
  }
  told();
}

function choosing(on) {
  feed.toggleAttribute("data-selecting", on);
  form.toggleAttribute("data-choosing", on); // not by :has(), which would search the whole wall with each page
  mode.setAttribute("aria-pressed", on);
  if (on) return;
  anchor = null;
  set(chosen(), false);
}

/** All between two cards, both included. */
function between(one, other) {
  const boxes = [...feed.querySelectorAll(".pick")];
  const [from, to] = [boxes.indexOf(one), boxes.indexOf(other)].sort((a, b) => a - b);
  return boxes.slice(Math.max(0, from), to + 1);
}

function choose(box, on, extend) {
  if (extend && anchor?.isConnected) set(between(anchor, box), on);
  else set([box], on);
  anchor = box;
}

// ---- Boxes, clicks, keys ----

/** A box that the browser itself has just checked or cleared. */
function pick(box, extend) {
  const on = box.checked;
  box.checked = !on;
  choose(box, on, extend);
}

function clicked(event) {
  const tile = event.target.closest(".tile");
  if (!tile || event.ctrlKey || event.metaKey || event.target.closest(".heart")) return;
  if (event.target.matches(".pick")) {
    pick(event.target, event.shiftKey);
    return;
  }
  if (!feed.hasAttribute("data-selecting") && !event.shiftKey) return;
  event.preventDefault();
  choose(boxOf(tile), !boxOf(tile).checked, event.shiftKey);
}

function pressed(event) {
  if (event.altKey || event.target.closest("input:not(.pick), textarea, select, dialog, .menu")) return;
  const tile = event.target.closest(".tile");
  if (event.key === "Escape" && (form.hasAttribute("data-any") || feed.hasAttribute("data-selecting"))) choosing(false);
  else if (event.key === "Enter" && event.target.matches(".pick")) choose(event.target, !event.target.checked, event.shiftKey);
  else if (event.code === "KeyX" && tile && !event.ctrlKey && !event.metaKey) choose(boxOf(tile), !boxOf(tile).checked, event.shiftKey);
  else if (event.code === "KeyA" && (event.ctrlKey || event.metaKey) && (tile || feed.hasAttribute("data-selecting"))) all();
  else return;
  event.preventDefault();
}

const all = () => set(feed.querySelectorAll(".tile:not([data-waiting]) > .pick"), true);

// ---- A rectangle ----

let lasso = null;

/** The cards under the rectangle; pages that it does not touch are not looked at. */
function under(area) {
  const touches = (element) => {
    const box = element.getBoundingClientRect();
    return box.left < area.right && box.right > area.left && box.top < area.bottom && box.bottom > area.top;
  };
  return [...feed.querySelectorAll(".sheet")].filter(touches)
    .flatMap((sheet) => [...sheet.querySelectorAll(".tile:not([data-waiting])")].filter(touches).map(boxOf));
}

function draw({ clientX, clientY }) {
  const { startX, startY, frame, had } = lasso;
  const y = startY - scrollY;
  const area = { left: Math.min(startX, clientX), right: Math.max(startX, clientX), top: Math.min(y, clientY), bottom: Math.max(y, clientY) };
  Object.assign(frame.style, { width: `${area.right - area.left}px`, height: `${area.bottom - area.top}px`, transform: `translate(${area.left}px, ${area.top}px)` });
  const now = new Set(under(area));
  set([...lasso.drawn].filter((box) => !now.has(box) && !had.has(box)), false);
  set(now, true);
  lasso.drawn = now;
}

function begin(event) {
  const free = feed.hasAttribute("data-selecting") || !event.target.closest("a, button, input, .tile");
  if (event.pointerType !== "mouse" || event.button || !free || event.target.closest(".pick, .button")) return;
  lasso = { startX: event.clientX, startY: event.clientY + scrollY, had: new Set(chosen()), drawn: new Set(), frame: null };
}

function move(event) {
  if (!lasso) return;
  if (!lasso.frame) {
    if (Math.hypot(event.clientX - lasso.startX, event.clientY + scrollY - lasso.startY) < DRAWN) return;
    lasso.frame = Object.assign(document.createElement("div"), { className: "lasso" });
    document.body.append(lasso.frame);
    feed.setPointerCapture(event.pointerId);
    getSelection().removeAllRanges();
  }
  event.preventDefault();
  draw(event);
}

function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}

function end() {
  if (lasso?.frame) {
    lasso.frame.remove();
    addEventListener("click", swallow, { capture: true }); // the one that follows the release is not on a card
    setTimeout(() => removeEventListener("click", swallow, { capture: true }), 0);
  }
  lasso = null;
}

// ---- A finger at rest ----

let hold = null;

function touch(event) {
  const tile = event.target.closest(".tile");
  forget();
  if (!tile || event.touches.length > 1 || event.target.closest(".pick, .heart")) return;
  const [{ clientX, clientY }] = event.touches;
  hold = { tile, clientX, clientY, done: false, timer: setTimeout(rested, HOLD_MS) };
}

/** Begins to choose with this card; while choosing, goes on to it from the card that was chosen last. */
function rested() {
  hold.done = true;
  const goesOn = feed.hasAttribute("data-selecting");
  choosing(true);
  choose(boxOf(hold.tile), true, goesOn);
}

function slide({ touches: [{ clientX, clientY }] }) {
  if (hold && !hold.done && Math.hypot(clientX - hold.clientX, clientY - hold.clientY) > STILL) forget();
}

function forget() {
  clearTimeout(hold?.timer);
  hold = null;
}

function lift(event) {
  if (hold?.done && event.cancelable) event.preventDefault(); // no click
  forget();
}

/** Where the browser itself has waited for less long, it is done now. */
function menu(event) {
  if (!hold) return;
  event.preventDefault();
  clearTimeout(hold.timer);
  if (!hold.done) rested();
}

// ---- What is done with it ----

const LEAVES = ["trash", "restore", "purge", "uncollect"];

function changed({ detail: { action, message } }) {
  document.dispatchEvent(new CustomEvent("say", { detail: message }));
  const likes = { favourite: true, unfavourite: false };
  for (const tile of chosen().map((box) => box.closest(".tile"))) {
    if (LEAVES.includes(action)) tile.remove();
    const heart = tile.querySelector(".heart");
    if (heart && action in likes) {
      heart.setAttribute("aria-pressed", likes[action]);
      heart.value = likes[action] ? 0 : 1;
    }
  }
  choosing(false);
}

/** Boxes of the first page are the form's own, for browsers without scripts; those of later pages are no form's. */
function send({ formData }) {
  formData.delete("outputs");
  for (const box of chosen()) formData.append("outputs", box.value);
}

/** A download is the browser's own affair, not htmx's. */
function plainly(event) {
  if (event.submitter?.hasAttribute("data-plain")) event.stopPropagation();
}

if (feed && form) {
  feed.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed);
  feed.addEventListener("tile-reached", ({ target, detail: { from, extend } }) => {
    if (!extend) return;
    anchor ??= boxOf(from);
    set(between(anchor, boxOf(target)), true);
  });
  feed.addEventListener("pointerdown", begin);
  feed.addEventListener("pointermove", move);
  for (const name of ["pointerup", "pointercancel"]) feed.addEventListener(name, end);
  feed.addEventListener("dragstart", (event) => (hold || feed.hasAttribute("data-selecting")) && event.preventDefault());
  feed.dataset.holds = "";
  feed.addEventListener("touchstart", touch, { passive: true });
  feed.addEventListener("touchmove", slide, { passive: true });
  for (const name of ["touchend", "touchcancel"]) feed.addEventListener(name, lift);
  feed.addEventListener("contextmenu", menu);
  mode.addEventListener("click", () => choosing(!feed.hasAttribute("data-selecting")));
  form.addEventListener("click", ({ target }) => {
    if (target.closest("[data-select-none]")) choosing(false);
    if (target.closest("[data-select-all]")) all();
    if (target.closest("[data-compare-selected]")) {
      location.assign(`${form.dataset.compare}?${chosen().map((box) => `o=${box.value}`).join("&")}`);
    }
  });
  form.addEventListener("formdata", send);
  document.body.addEventListener("gallery-changed", changed);
  document.addEventListener("submit", plainly, { capture: true });
  addEventListener("pageshow", told); // browsers keep boxes checked on the way back
}
