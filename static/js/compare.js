// Results beside each other: a slider and a flicker for two, zoom and pan in step, films that play, seek and step as one,
// and the difference of two of them at the frame where they stand.

const box = document.querySelector("[data-compare]");
const panes = [...document.querySelectorAll("[data-pane]")];

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
  const group = box.querySelector("[data-panes]");
  const at = { x: 0, y: 0 };
  const show = () => {
    const most = ((Number(zoom.value) - 1) / 2) * 100;
    for (const axis of ["x", "y"]) {
      at[axis] = Math.max(-most, Math.min(most, at[axis]));
      box.style.setProperty(`--${axis}`, `${at[axis]}%`);
    }
    box.style.setProperty("--zoom", zoom.value);
    box.toggleAttribute("data-zoomed", most > 0);
    group.tabIndex = most > 0 ? 0 : -1;
  };
  const pan = (x, y) => {
    at.x += x;
    at.y += y;
    show();
  };
  zoom.addEventListener("input", show);
  show();
  group.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: [PAN, 0], ArrowRight: [-PAN, 0], ArrowUp: [0, PAN], ArrowDown: [0, -PAN] }[event.key];
    if (!by || !box.hasAttribute("data-zoomed") || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    pan(...by);
  });
  box.addEventListener("pointerdown", (event) => {
    const grabbed = event.isPrimary && box.hasAttribute("data-zoomed") && event.target.closest(".pane-box");
    if (!grabbed || event.target.closest("a, summary, button")) return;
    event.preventDefault();
    group.focus({ preventScroll: true });
    const { offsetWidth, offsetHeight } = grabbed.querySelector(".whole");
    let { clientX, clientY } = event;
    const move = (moved) => {
      if (!moved.isPrimary) return;
      pan(((moved.clientX - clientX) / offsetWidth) * 100, ((moved.clientY - clientY) / offsetHeight) * 100);
      ({ clientX, clientY } = moved);
    };
    const stop = () => box.removeEventListener("pointermove", move);
    box.setPointerCapture(event.pointerId);
    box.addEventListener("pointermove", move);
    box.addEventListener("pointerup", stop, { once: true });
    box.addEventListener("pointercancel", stop, { once: true });
  });
}

function slider() {
  const edge = box.querySelector("[data-edge]");
  const show = () => box.style.setProperty("--edge-at", `${edge.value}%`);
  edge.addEventListener("input", show);
  show();
}

const fpsOf = (pane) => Number(pane.dataset.fps);
const lengthOf = (pane) => Number(pane.dataset.frames) / fpsOf(pane);

/** The frame that a pane shows at a moment. */
const frameAt = (pane, seconds) => Math.min(pane.dataset.frames - 1, Math.floor(seconds * fpsOf(pane)));

/** The middle of a frame, where no rounding leads to another. */
const middleOf = (frame, fps) => (frame + 0.5) / fps;

/** The last frame whose middle all of them have. */
const lastOf = (fps) => Math.ceil(Math.min(...panes.map(lengthOf)) * fps - 0.5) - 1;

/** The difference of what both show at a moment, fetched when it is looked at. One at a time, and of those that wait
 *  the last: the server takes a while to draw one. */
function difference() {
  const picture = box.querySelector("[data-difference]");
  const said = box.querySelector("[data-difference-frame]");
  if (!said) return () => {};
  const details = picture.closest("details");
  const address = picture.getAttribute("src");
  let [wanted, asked, busy] = ["0", "0", false];
  const ask = () => {
    if (busy || !details.open || asked === wanted) return;
    [asked, busy] = [wanted, true];
    picture.src = `${address}&frame=${asked.replace(" · ", "&frame=")}`;
  };
  const came = () => {
    busy = false;
    said.textContent = asked;
    ask();
  };
  picture.addEventListener("load", came);
  picture.addEventListener("error", came);
  details.addEventListener("toggle", ask);
  return (seconds) => {
    wanted = [...new Set(panes.map((pane) => frameAt(pane, seconds)))].join(" · ");
    ask();
  };
}

/** The buttons and the slider of frames: `go` shows one in all panes, `play` is told whether to play or to stand. */
function frameTools(last, go, play) {
  const [tools, button, seek, said] = ["[data-film]", "[data-play]", "[data-seek]", "[data-frame]"].map((name) => box.querySelector(name));
  const isPlaying = () => button.getAttribute("aria-pressed") === "true";
  const show = (frame) => {
    seek.value = frame;
    said.textContent = frame;
  };
  const at = (frame) => {
    const there = Math.max(0, Math.min(last, frame));
    go(there);
    show(there);
  };
  seek.max = last;
  tools.hidden = false;
  button.addEventListener("click", () => play(!isPlaying()));
  seek.addEventListener("input", () => at(seek.valueAsNumber));
  for (const step of tools.querySelectorAll("[data-step]")) {
    step.addEventListener("click", () => at(Number(seek.value) + Number(step.dataset.step)));
  }
  return { show, told: (playing) => button.setAttribute("aria-pressed", playing) };
}

/** A GIF at a moment as a still: browsers step in none. */
function still(picture, seconds) {
  const pane = picture.closest("[data-pane]");
  picture.src = pane.dataset.firstStill.replace(/0$/, frameAt(pane, seconds));
}

/** Films, of which the first leads. GIFs beside them stand still where it stands, and begin anew with it. */
function film(videos, gifs) {
  const [leader, ...others] = videos;
  const fps = fpsOf(leader.closest("[data-pane]"));
  const last = lastOf(fps);
  const moving = gifs.map((picture) => picture.src);
  const differ = difference();
  const go = (frame) => {
    const seconds = middleOf(frame, fps);
    differ(seconds);
    for (const video of videos) {
      video.pause();
      video.currentTime = seconds;
    }
    for (const picture of gifs) still(picture, seconds);
  };
  const { show, told } = frameTools(last, go, (on) => {
    if (on && gifs.length) leader.currentTime = 0;
    if (on) play(leader);
    else leader.pause();
  });
  const play = (video) => video.play().catch(() => {}); // stopped before it could start
  const together = (frame) => {
    if (frame > last) leader.currentTime = 0;
    for (const video of others) {
      if (Math.abs(video.currentTime - leader.currentTime) > 1 / fps) video.currentTime = leader.currentTime;
      if (video.paused && !video.ended) play(video);
    }
  };
  const follow = (_now, { mediaTime }) => {
    const frame = Math.round(mediaTime * fps);
    show(Math.min(frame, last));
    if (!leader.paused) together(frame);
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
    others.forEach(play);
  });
  leader.addEventListener("pause", () => {
    told(false);
    go(Math.min(last, Math.floor(leader.currentTime * fps)));
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
  const fps = fpsOf(gifs[0].closest("[data-pane]"));
  const differ = difference();
  const go = (frame) => {
    const seconds = middleOf(frame, fps);
    differ(seconds);
    for (const picture of gifs) still(picture, seconds);
    told(false);
  };
  const { show, told } = frameTools(lastOf(fps), go, (on) => {
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
