// "Use as…" takes the frame at which the player stands.

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
  input.addEventListener("change", () => { player.currentTime = (input.valueAsNumber + 0.5) / fps; });
}
