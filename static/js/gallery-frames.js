// A video frame by frame: the slider and the buttons below it, and the keys , and . Frames count from 0, as keyframes do.
// It tells the document with "frame-shown" which one it shows, and shows the one that a "frame-wanted" asks for.

const bar = document.querySelector(".frames");
const shown = document.querySelector("[data-viewer] .whole");

if (bar && shown) {
  const video = shown.matches("video") ? shown : null; // browsers step through no GIF: its frames come one by one as stills
  const still = (frame) => bar.dataset.firstStill.replace(/0$/, frame);
  const veil = document.querySelector("[data-viewer] .veil");
  const slider = bar.querySelector("input");
  const said = bar.querySelector("output");
  const last = Number(slider.max);
  const fps = Number(bar.dataset.fps);

  const say = (frame) => {
    slider.value = frame;
    said.textContent = `${frame} / ${last}`;
    document.dispatchEvent(new CustomEvent("frame-shown", { detail: frame }));
  };
  const show = (frame) => {
    const wanted = Math.min(last, Math.max(0, frame));
    if (video) {
      video.pause();
      video.currentTime = (wanted + 0.5) / fps; // the middle of a frame is in it, whatever was rounded
    } else {
      shown.src = still(wanted);
    }
    say(wanted);
  };
  const follow = (_now, { mediaTime }) => {
    if (!video.paused) say(Math.min(last, Math.round(mediaTime * fps)));
    video.requestVideoFrameCallback(follow);
  };
  video?.requestVideoFrameCallback(follow);

  const step = (by) => show((!video || video.paused ? Number(slider.value) : Math.floor(video.currentTime * fps)) + by);

  document.addEventListener("frame-wanted", ({ detail }) => show(detail));
  // Behind its veil a film was not fetched, and without that there is no frame to go to.
  veil?.addEventListener("toggle", () => { if (video && veil.open) video.preload = "auto"; });
  slider.addEventListener("input", () => show(Number(slider.value)));
  bar.addEventListener("click", ({ target }) => {
    const by = target.closest("[data-frame-by]")?.dataset.frameBy;
    if (by) step(Number(by));
  });
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input:not([type=range]), textarea, select")) return;
    if (veil && !veil.open) return;
    const by = { ",": -1, ".": 1 }[event.key];
    if (by) step(by);
  });
}
