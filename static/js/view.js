// The order and the filters of the queue, which this phone remembers and applies again after every update.
import { entryId, isMusician, me, myEntries, queueRows, splitWords } from "./entries.js";
import { live } from "./live/socket.js";
import { readSetting, writeSetting } from "./storage.js";

const KEY = "jamsite.view";
const form = () => document.getElementById("view");

function readView() {
  try {
    return JSON.parse(readSetting(KEY)) ?? {};
  } catch {
    return {};
  }
}

function chosenView() {
  const { sort, mine, needs } = form().elements;
  return { sort: sort.value, mine: mine.checked, needs: needs.checked };
}

function restore() {
  if (location.search) return; // the address chooses the order and filters
  const { sort, mine, needs } = form().elements;
  const view = readView();
  if ([...sort.options].some(({ value }) => value === view.sort)) sort.value = view.sort;
  mine.checked = view.mine === true;
  needs.checked = view.needs === true;
}

function isFilteredOut(row, { mine, needs }, songs, plays) {
  const needed = splitWords(row.querySelector(".song").dataset.needs);
  return (mine && !songs.includes(entryId(row))) || (needs && !needed.some((part) => plays.includes(part)));
}

// Only musicians have filters: somebody who stops playing sees every song again.
function apply() {
  const view = chosenView();
  const [songs, plays, filtered] = [myEntries(), splitWords(me().dataset.plays), isMusician()];
  const rows = queueRows();
  let left = 0;
  for (const row of rows) {
    const out = filtered && isFilteredOut(row, view, songs, plays);
    row.classList.toggle("out", out);
    left += !out;
  }
  live.dataset.sort = view.sort;
  document.getElementById("view-empty").hidden = left > 0 || rows.length === 0;
  document.dispatchEvent(new CustomEvent("jam:view"));
}

live.addEventListener("change", ({ target }) => {
  if (!form().contains(target)) return;
  writeSetting(KEY, JSON.stringify(chosenView()));
  apply();
});
live.addEventListener("submit", (event) => event.target === form() && event.preventDefault());
live.addEventListener("htmx:wsAfterMessage", apply);
document.addEventListener("htmx:afterSettle", apply);
restore();
apply();
