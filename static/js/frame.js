// "Use as…" takes the frame at which the film or the GIF stands, and shows the one that is typed.

const input = document.querySelector("[data-use-frame]");
const player = document.querySelector("[data-viewer] video");

if (input && player) {
  const fps = Number(input.form.dataset.fps);
  const show = (_now, { mediaTime }) => {
    input.value = Math.min(Number(input.max), Math.round(mediaTime * fps));
    player.requestVideoFrameCallback(show);
  };
  player.requestVideoFrameCallback(show);
  document.querySelector(".use-as").addEventListener("toggle", ({ target }) => target.open && player.pause());
}
if (input) {
  document.addEventListener("frame-shown", ({ detail }) => { input.value = detail; });
  input.addEventListener("change", () => {
    document.dispatchEvent(new CustomEvent("frame-wanted", { detail: input.valueAsNumber || 0 }));
  });
}
