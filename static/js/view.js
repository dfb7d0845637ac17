// The words to find, the order and the filters of the queue; they are applied again after every update. This phone
// remembers the order and the filters.
import { entryId, isMusician, me, myEntries, queue, queueRows, splitWords } from "./entries.js";
import { live } from "./live/socket.js";
import { keepHeight } from "./still.js";
import { readSetting, writeSetting } from "./storage.js";
import { matchWords, songWords } from "./words.js";

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
  const typed = form().elements.q.value.trim();
  const matches = matchWords(typed);
  const rows = queueRows();
  keepHeight(queue(), typed);
  let left = 0;
  for (const row of rows) {
    const out = (filtered && isFilteredOut(row, view, songs, plays)) || (typed !== "" && !matches(songWords(row)));
    row.classList.toggle("out", out);
    left += !out;
  }
  live.dataset.sort = view.sort;
  document.getElementById("view-empty").hidden = left > 0 || rows.length === 0;
}

function applyChoice() {
  apply();
  document.dispatchEvent(new CustomEvent("jam:sort"));
}

live.addEventListener("input", ({ target }) => target.id === "find" && apply());
live.addEventListener("change", ({ target }) => {
  if (!form().contains(target) || target.id === "find") return;
  writeSetting(KEY, JSON.stringify(chosenView()));
  applyChoice();
});
live.addEventListener("submit", (event) => {
  if (event.target !== form()) return;
  event.preventDefault();
  document.activeElement?.blur(); // a phone's keyboard makes room for what was found
});
live.addEventListener("htmx:wsAfterMessage", apply);
document.addEventListener("htmx:afterSettle", apply);
// A link to a song that is out of sight shows every song.
document.addEventListener("click", ({ target }) => {
  const row = target.closest("a[href^='#entry-']") && document.getElementById(target.closest("a").hash.slice(1));
  if (!row?.matches(".out")) return;
  form().reset();
  apply();
});
restore();
apply();
