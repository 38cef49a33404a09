// Results beside each other: a slider and a flicker for two, zoom and pan in step, films that play, seek and step as one,
// and the difference of two of them at the frame where they stand.

const box = document.querySelector("[data-compare]");

const FLICKER_MS = 700; // slower than three flashes a second
const PAN = 10; // percent of what is seen, for a press of an arrow key
const calm = matchMedia("(prefers-reduced-motion: reduce)");

let flickering = 0;

function swap() {
  box.toggleAttribute("data-second");
}

function showMode(mode) {
  box.dataset.mode = mode;
  clearInterval(flickering);
  box.removeAttribute("data-second");
  if (mode === "flicker" && !calm.matches) flickering = setInterval(swap, FLICKER_MS);
  for (const tool of box.querySelectorAll("[data-for]")) tool.hidden = tool.dataset.for !== mode;
}

function zoomAndPan() {
  const zoom = box.querySelector("[data-zoom]");
  const panes = box.querySelector("[data-panes]");
  const at = { x: 0, y: 0 };
  const show = () => {
    const most = ((Number(zoom.value) - 1) / 2) * 100;
    for (const axis of ["x", "y"]) {
      at[axis] = Math.max(-most, Math.min(most, at[axis]));
      box.style.setProperty(`--${axis}`, `${at[axis]}%`);
    }
    box.style.setProperty("--zoom", zoom.value);
    panes.toggleAttribute("data-zoomed", most > 0);
    panes.tabIndex = most > 0 ? 0 : -1;
  };
  const pan = (x, y) => {
    at.x += x;
    at.y += y;
    show();
  };
  zoom.addEventListener("input", show);
  show();
  panes.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] }[event.key];
    if (!by || !panes.hasAttribute("data-zoomed") || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    pan(...by);
  });
  panes.addEventListener("pointerdown", (event) => {
    const grabbed = event.isPrimary && panes.hasAttribute("data-zoomed") && event.target.closest(".pane-box");
    if (!grabbed || event.target.closest("a, summary, button")) return;
    event.preventDefault();
    panes.focus({ preventScroll: true });
    const { offsetWidth, offsetHeight } = grabbed.querySelector(".whole");
    let { clientX, clientY } = event;
    const move = (moved) => {
      if (!moved.isPrimary) return;
      pan(((moved.clientX - clientX) / offsetWidth) * 100, ((moved.clientY - clientY) / offsetHeight) * 100);
      ({ clientX, clientY } = moved);
    };
    const stop = () => panes.removeEventListener("pointermove", move);
    panes.setPointerCapture(event.pointerId);
    panes.addEventListener("pointermove", move);
    panes.addEventListener("pointerup", stop, { once: true });
    panes.addEventListener("pointercancel", stop, { once: true });
  });
}

function slider() {
  const edge = box.querySelector("[data-edge]");
  const show = () => box.style.setProperty("--edge-at", `${edge.value}%`);
  edge.addEventListener("input", show);
  show();
}

const shortest = () => Math.min(...[...box.querySelectorAll("[data-pane]")].map((pane) => Number(pane.dataset.frames)));

/** The difference of both at a frame, fetched when it is looked at. One at a time, and of those that wait the last:
 *  the server takes a while to draw one. */
function difference() {
  const picture = document.querySelector("[data-difference]");
  const said = document.querySelector("[data-difference-frame]");
  if (!said) return () => {};
  const details = picture.closest("details");
  const address = picture.getAttribute("src");
  let [wanted, asked, busy] = [0, 0, false];
  const ask = () => {
    if (busy || !details.open || asked === wanted) return;
    [asked, busy] = [wanted, true];
    picture.src = `${address}&frame=${asked}`;
  };
  const came = () => {
    busy = false;
    said.textContent = asked;
    ask();
  };
  picture.addEventListener("load", came);
  picture.addEventListener("error", came);
  details.addEventListener("toggle", ask);
  return (frame) => {
    wanted = Math.min(frame, shortest() - 1);
    ask();
  };
}

/** The buttons and the slider of frames: `go` shows one in all panes, `play` is told whether to play or to stand. */
function frameTools(go, play) {
  const [tools, button, seek, said] = ["[data-film]", "[data-play]", "[data-seek]", "[data-frame]"].map((name) => box.querySelector(name));
  const isPlaying = () => button.getAttribute("aria-pressed") === "true";
  const show = (frame) => {
    seek.value = frame;
    said.textContent = frame;
  };
  const at = (frame) => {
    const there = Math.max(0, Math.min(shortest() - 1, frame));
    go(there);
    show(there);
  };
  seek.max = shortest() - 1;
  tools.hidden = false;
  button.addEventListener("click", () => play(!isPlaying()));
  seek.addEventListener("input", () => at(seek.valueAsNumber));
  for (const step of tools.querySelectorAll("[data-step]")) {
    step.addEventListener("click", () => at(Number(seek.value) + Number(step.dataset.step)));
  }
  return { show, told: (playing) => button.setAttribute("aria-pressed", playing) };
}

/** A frame of a GIF as a still: browsers step in none. */
function still(picture, frame) {
  const { firstStill, frames } = picture.closest("[data-pane]").dataset;
  picture.src = firstStill.replace(/0$/, Math.min(frames - 1, frame));
}

/** Films, of which the first leads. GIFs beside them stand still where it stands, and begin anew with it. */
function film(videos, gifs) {
  const [leader, ...others] = videos;
  const fpsOf = (shown) => Number(shown.closest("[data-pane]").dataset.fps);
  const fps = fpsOf(leader);
  const moving = gifs.map((picture) => picture.src);
  const differ = difference();
  const go = (frame) => {
    differ(frame);
    const seconds = (frame + 0.5) / fps; // in the middle of a frame, where no rounding leads to another
    for (const video of videos) {
      video.pause();
      video.currentTime = seconds;
    }
    for (const picture of gifs) still(picture, Math.floor(seconds * fpsOf(picture)));
  };
  const { show, told } = frameTools(go, (on) => {
    if (on && gifs.length) leader.currentTime = 0;
    if (on) leader.play();
    else leader.pause();
  });
  const follow = (_now, { mediaTime }) => {
    show(Math.round(mediaTime * fps));
    if (!leader.paused) {
      for (const video of others) {
        if (Math.abs(video.currentTime - leader.currentTime) > 1 / fps) video.currentTime = leader.currentTime;
      }
    }
    leader.requestVideoFrameCallback(follow);
  };
  for (const video of videos) {
    video.controls = false;
    video.loop = video === leader;
    video.preload = "auto";
  }
  leader.requestVideoFrameCallback(follow);
  leader.addEventListener("play", () => {
    told(true);
    for (const video of others) video.play();
  });
  leader.addEventListener("pause", () => {
    told(false);
    go(Math.floor(leader.currentTime * fps));
  });
  leader.addEventListener("seeked", async () => {
    if (leader.paused) return; // else it plays, from its beginning or once more
    for (const picture of gifs) still(picture, 0);
    await Promise.allSettled(gifs.map((picture) => picture.decode()));
    if (!leader.paused) gifs.forEach((picture, number) => { picture.src = moving[number]; });
  });
  if (gifs.length) go(0);
}

/** GIFs alone: stills stand for their frames, and playing begins anew for all at once. */
function flipbook(gifs) {
  const moving = gifs.map((picture) => picture.src);
  const differ = difference();
  const go = (frame) => {
    differ(frame);
    for (const picture of gifs) still(picture, frame);
    told(false);
  };
  const { show, told } = frameTools(go, (on) => {
    if (on) gifs.forEach((picture, number) => { picture.src = moving[number]; });
    else go(0);
    told(on);
    show(0);
  });
  go(0);
}

if (box) {
  zoomAndPan();
  const modes = box.querySelectorAll("[name=compare-mode]");
  if (modes.length) {
    slider();
    box.querySelector("[data-swap]").addEventListener("click", swap);
    for (const mode of modes) mode.addEventListener("change", () => showMode(mode.value));
  }
  showMode("side");
  const [videos, gifs] = ["video", "[data-first-still] img.whole"].map((kind) => [...box.querySelectorAll(kind)]);
  const moves = videos.length + gifs.length === Number(box.dataset.count);
  if (moves && videos.length) film(videos, gifs);
  else if (moves) flipbook(gifs);
}
