// A passkey that was refused, by the person or by the browser: say so on the page, not in the console alone.

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.querySelector("[data-passkey-failed]").hidden = false;
});
