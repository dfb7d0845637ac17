// How this phone looks at the queue: its order and its filters, remembered here, whatever the sockets bring.
const KEY = "jamsite.view";
const live = document.getElementById("live");
const form = () => document.getElementById("view");
const me = () => document.getElementById("me");
const words = (text) => text.split(" ").filter(Boolean);

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

function remember(view) {
  try {
    localStorage.setItem(KEY, JSON.stringify(view));
  } catch {
    // a browser that keeps nothing still shows what was chosen
  }
}

function chosen() {
  const { sort, mine, needs } = form().elements;
  return { sort: sort.value, mine: mine.checked, needs: needs.checked };
}

function restore() {
  if (location.search) return; // the address says how to look at it
  const { sort, mine, needs } = form().elements;
  const view = remembered();
  if ([...sort.options].some(({ value }) => value === view.sort)) sort.value = view.sort;
  mine.checked = view.mine === true;
  needs.checked = view.needs === true;
}

function isOut(row, { mine, needs }, songs, plays) {
  const needed = words(row.querySelector(".song").dataset.needs);
  return (mine && !songs.includes(row.id.replace("entry-", ""))) || (needs && !needed.some((part) => plays.includes(part)));
}

// The filters are a musician's: whoever leaves sees every song again.
function apply() {
  const view = chosen();
  const { songs, plays } = me().dataset;
  const musician = me().matches("[data-musician]");
  let left = 0;
  const rows = document.querySelectorAll("#queue > .entry");
  for (const row of rows) {
    const out = musician && isOut(row, view, words(songs), words(plays));
    row.classList.toggle("out", out);
    left += !out;
  }
  live.dataset.sort = view.sort;
  document.getElementById("view-empty").hidden = left > 0 || rows.length === 0;
  document.dispatchEvent(new CustomEvent("jam:view"));
}

live.addEventListener("change", ({ target }) => {
  if (!form().contains(target)) return;
  remember(chosen());
  apply();
});
live.addEventListener("submit", (event) => event.target === form() && event.preventDefault());
live.addEventListener("htmx:wsAfterMessage", apply);
document.addEventListener("htmx:afterSettle", apply);
restore();
apply();
