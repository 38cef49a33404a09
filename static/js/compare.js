// Results beside each other: a slider and a flicker for two, zoom and pan in step, videos that play, seek and step as one.

const box = document.querySelector("[data-compare]");

const FLICKER_MS = 700; // slower than three flashes a second
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
  };
  zoom.addEventListener("input", show);
  panes.addEventListener("pointerdown", (event) => {
    if (event.target.closest("a, summary, button") || Number(zoom.value) === 1) return;
    event.preventDefault();
    const { width, height } = event.target.getBoundingClientRect();
    const move = (moved) => {
      at.x += (moved.movementX / width) * 100 * Number(zoom.value);
      at.y += (moved.movementY / height) * 100 * Number(zoom.value);
      show();
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

function film(videos) {
  const [tools, play, seek, said] = ["[data-film]", "[data-play]", "[data-seek]", "[data-frame]"].map((name) => box.querySelector(name));
  const leader = videos[0];
  const { fps, frames } = leader.closest("[data-pane]").dataset;
  const shortest = Math.min(...videos.map((video) => Number(video.closest("[data-pane]").dataset.frames)));
  const show = (frame) => {
    seek.value = frame;
    said.textContent = frame;
  };
  const go = (frame) => {
    const there = Math.max(0, Math.min(shortest - 1, frame));
    for (const video of videos) {
      video.pause();
      video.currentTime = (there + 0.5) / Number(fps); // in the middle of a frame, where no rounding leads to another
    }
    show(there);
  };
  const follow = (_now, { mediaTime }) => {
    show(Math.round(mediaTime * Number(fps)));
    if (!leader.paused) {
      for (const video of videos.slice(1)) {
        if (Math.abs(video.currentTime - leader.currentTime) > 1 / Number(fps)) video.currentTime = leader.currentTime;
      }
    }
    leader.requestVideoFrameCallback(follow);
  };
  for (const video of videos) {
    video.controls = false;
    video.loop = video === leader;
    video.preload = "auto";
  }
  seek.max = Math.min(Number(frames), shortest) - 1;
  tools.hidden = false;
  leader.requestVideoFrameCallback(follow);
  leader.addEventListener("play", () => {
    play.setAttribute("aria-pressed", "true");
    for (const video of videos.slice(1)) video.play();
  });
  leader.addEventListener("pause", () => {
    play.setAttribute("aria-pressed", "false");
    for (const video of videos.slice(1)) video.pause();
  });
  play.addEventListener("click", () => (leader.paused ? leader.play() : leader.pause()));
  seek.addEventListener("input", () => go(seek.valueAsNumber));
  for (const step of tools.querySelectorAll("[data-step]")) {
    step.addEventListener("click", () => go(Number(seek.value) + Number(step.dataset.step)));
  }
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
  const videos = [...box.querySelectorAll("[data-pane] video")];
  if (videos.length > 1 && videos.length === Number(box.dataset.count)) film(videos);
}
