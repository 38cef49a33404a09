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

/** The rows of this page and of all behind it; of no other, for a wall has tens of thousands of elements. */
function rowsFrom(sheet) {
  const rows = [];
  for (let page = sheet; page; page = page.nextElementSibling) {
    if (page.matches(".sheet")) rows.push(...page.querySelectorAll(":scope > .rows"));
  }
  return rows;
}

/** A single row that is seen already is better seen unfinished than not at all. */
function lastRow(rows) {
  const tiles = [...rows.children];
  const top = tiles.at(-1)?.offsetTop;
  const first = tiles.findIndex((tile) => tile.offsetTop === top);
  return first > 0 || rows.getBoundingClientRect().top > innerHeight ? tiles.slice(first) : [];
}

/** Where these rows go on behind a page's end, what is unfinished waits for the next page. */
function finish(rows) {
  for (const tile of rows.children) tile.removeAttribute("data-waiting");
  if (!rows.hasAttribute("data-goes-on")) return;
  for (const tile of lastRow(rows)) tile.setAttribute("data-waiting", "");
}

/** What waited begins the next page, unless what it waited for has gone meanwhile. */
function pass(rows, next) {
  const tiles = rows.querySelectorAll(":scope > [data-waiting]");
  for (const tile of tiles) tile.removeAttribute("data-waiting");
  if (next?.hasAttribute("data-begun")) next.prepend(...tiles);
  else rows.removeAttribute("data-goes-on");
}

function settle(all) {
  for (const [at, rows] of all.entries()) {
    finish(rows);
    if (all[at + 1]) pass(rows, all[at + 1]);
  }
}

/** A day that goes on has its heading once, where it begins. */
function once(sheet) {
  const follows = sheet.previousElementSibling?.matches(".sheet");
  const first = sheet.querySelector(".rows[data-begun]");
  if (follows && first?.previousElementSibling?.matches(".day")) first.previousElementSibling.remove();
}

/** A page that came, and what goes on in it. What waited before it was measured when that came. */
function join(sheet) {
  if (sheet.nextElementSibling?.matches(".sheet")) once(sheet.nextElementSibling);
  const rows = rowsFrom(sheet);
  if (sheet.previousElementSibling?.matches(".sheet")) pass(rowsFrom(sheet.previousElementSibling).at(-rows.length - 1), rows[0]);
  settle(rows);
}

// At once: later something would move that may be seen by then.
document.addEventListener("htmx:afterSwap", ({ target: sheet }) => {
  if (sheet.matches(".sheet") && feed?.contains(sheet)) join(sheet);
});

// Not before htmx listens to the link.
document.addEventListener("htmx:load", ({ detail: { elt } }) => {
  const next = elt.matches(".onwards") ? elt : elt.querySelector(".feed > .onwards");
  if (next) near.observe(next);
});

if (feed) {
  const settleAll = () => settle(rowsFrom(feed.firstElementChild));
  settleAll();
  document.addEventListener("gallery-changed", settleAll); // what was chosen may have left its row
  let width = feed.clientWidth;
  new ResizeObserver(() => {
    if (feed.clientWidth === width) return;
    width = feed.clientWidth;
    settleAll();
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
