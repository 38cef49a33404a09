// What a grid would take opens as a dialog over the studio.

const dialog = document.getElementById("exploring");

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target.id === "exploring-outcome" && !dialog.open) dialog.showModal();
});
