// What is taken over from an output goes into the form as it stands: on this page, and as it was left when people went
// to look at the gallery.

const TAKEN = ["seed_of", "prompt_of", "reference"];
const KEY = "studio";

const form = () => document.getElementById("form");

function typed() {
  const texts = [...new FormData(form())].filter(([name, value]) => typeof value === "string" && name !== "csrfmiddlewaretoken");
  return Object.fromEntries(texts);
}

function take(wanted, base) {
  const csrfmiddlewaretoken = form().elements.csrfmiddlewaretoken.value;
  const values = { ...base, ...Object.fromEntries(wanted), csrfmiddlewaretoken };
  htmx.ajax("POST", form().querySelector(".chooser").getAttribute("hx-post"), { target: "#form", swap: "outerHTML", values });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const url = link && new URL(link.href);
  if (!url || url.pathname !== location.pathname || !TAKEN.some((name) => url.searchParams.has(name))) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  take(url.searchParams, typed());
});

addEventListener("pagehide", () => sessionStorage.setItem(KEY, JSON.stringify(typed())));

const wanted = new URLSearchParams(location.search);
const left = sessionStorage.getItem(KEY);
if (left && TAKEN.some((name) => wanted.has(name))) {
  take(wanted, JSON.parse(left));
  history.replaceState(null, "", location.pathname);
}
