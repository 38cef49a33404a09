// What every page needs: messages, copy buttons, menus that close, and htmx answers that are not fragments.

const { textOffline, textError, textOutdated, textCopied } = document.body.dataset;
const TOAST_MS = 5000;

function toast(text, level = "info") {
  const note = document.createElement("p");
  note.className = "toast";
  note.dataset.level = level;
  note.textContent = text;
  document.querySelector(".toasts").append(note);
  setTimeout(() => note.remove(), TOAST_MS);
}

document.querySelectorAll(".toasts .toast").forEach((note) => setTimeout(() => note.remove(), TOAST_MS));

document.addEventListener("say", ({ detail }) => toast(detail));
document.addEventListener("htmx:sendError", () => toast(textOffline, "error"));
document.addEventListener("htmx:responseError", (event) => {
  const { requestConfig, xhr } = event.detail;
  if (requestConfig.elt.matches("[data-poll]")) return;
  toast(xhr.status === 403 ? textOutdated : textError, "error"); // most often the page's token is of an earlier session
});

// A session that ran out answers with the sign-in page: show that page, not a piece of it.
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  const answered = new URL(xhr.responseURL || location.href, location.href);
  if (answered.pathname !== new URL(requestConfig.path, location.href).pathname) {
    event.detail.shouldSwap = false;
    location.reload();
  }
});

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    toast(textCopied);
  }
  event.target.closest("[data-close]")?.closest("dialog").close();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.activeElement.closest("details.menu[open]");
  if (menu) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
