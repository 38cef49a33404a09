// The pages of the grid as one: the next is asked for in time, and a row that a page leaves unfinished is finished by
// the next. Until that has come, such a row waits unseen: nothing that is seen ever moves.

const AHEAD = "2500px 0px";
const KEY = "gallery-seen";
const feed = document.querySelector(".feed");

// ---- The next page ----

const near = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) if (isIntersecting) htmx.trigger(target, "near");
}, { rootMargin: AHEAD });

// ---- Rows across pages ----

const rowsOf = () => [...feed.querySelectorAll(".rows")];

function lastRow(rows) {
  const tiles = [...rows.children];
  const top = tiles.at(-1)?.offsetTop;
  const first = tiles.findIndex((tile) => tile.offsetTop === top);
  return first > 0 ? tiles.slice(first) : []; // a single row is better seen unfinished than not at all
}

/** Where these rows go on behind a page's end: move on what is unfinished, or let it wait for the next page. */
function finish(rows, next) {
  if (!rows.hasAttribute("data-goes-on")) return;
  for (const tile of rows.children) tile.removeAttribute("data-waiting");
  const unfinished = lastRow(rows);
  if (next?.hasAttribute("data-begun")) next.prepend(...unfinished);
  else for (const tile of unfinished) tile.setAttribute("data-waiting", "");
}

function settle(from = 0) {
  const all = rowsOf();
  for (let at = Math.max(0, from); at < all.length; at++) finish(all[at], all[at + 1]);
}

/** A day that goes on has its heading once, where it begins. */
function once(sheet) {
  const follows = sheet.previousElementSibling?.matches(".sheet");
  const first = sheet.querySelector(".rows[data-begun]");
  if (follows && first?.previousElementSibling?.matches(".day")) first.previousElementSibling.remove();
}

// Before what came is painted for the first time.
document.addEventListener("htmx:afterSwap", ({ target: sheet }) => {
  if (!sheet.matches(".sheet") || !feed?.contains(sheet)) return;
  if (sheet.nextElementSibling?.matches(".sheet")) once(sheet.nextElementSibling);
  settle(rowsOf().indexOf(sheet.querySelector(".rows")) - 1);
});

// Not before htmx listens to the link.
document.addEventListener("htmx:load", () => {
  const next = feed?.querySelector(".onwards");
  if (next) near.observe(next);
});

if (feed) {
  settle();
  let width = feed.clientWidth;
  new ResizeObserver(() => {
    if (feed.clientWidth === width) return;
    width = feed.clientWidth;
    settle();
  }).observe(feed);
}

// ---- Back from looking at one ----

function reach(id) {
  const link = feed.querySelector(`.tile[data-output="${CSS.escape(id)}"] > a`);
  link?.focus({ preventScroll: true });
  link?.scrollIntoView({ block: "nearest" });
  return Boolean(link);
}

addEventListener("pageshow", () => {
  const { id, url } = JSON.parse(sessionStorage.getItem(KEY) ?? "{}");
  sessionStorage.removeItem(KEY);
  if (!feed || !id || new URL(url).pathname !== location.pathname) return; // seen elsewhere
  if (!reach(id)) location.replace(url);
});
