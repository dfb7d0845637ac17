// The console on a phone: one part of it at a time, a song found as the host types, and a sound for a new suggestion.
import { makeBuzzer } from "./buzzer.js";
import { live } from "./live/socket.js";
import { matchWords, songWords } from "./words.js";

const FIRST_TAB = "host-queue";

const host = live.closest(".host");
const title = document.title;
const buzzer = makeBuzzer({ key: "jamsite.alert", id: "alert", hertz: 660 });
let suggestions = countSuggestions();
let typed = ""; // what to find in the queue

const tabOf = (hash) => (hash.length > 1 ? document.getElementById(hash.slice(1))?.closest(".host-tab") : null);

function showTab(id) {
  host.dataset.tab = id;
  for (const link of live.querySelectorAll(".host-tabs a")) {
    if (link.hash === `#${id}`) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
}

function find() {
  const field = document.getElementById("host-find");
  if (!field) return;
  const matches = matchWords(typed);
  const rows = [...live.querySelectorAll("[data-holds-still] > li")];
  for (const row of rows) row.classList.toggle("out", typed.trim() !== "" && !matches(songWords(row)));
  document.getElementById("host-find-empty").hidden = rows.some((row) => !row.matches(".out"));
}

function countSuggestions() {
  return Number(live.querySelector("[data-suggestions]").dataset.suggestions);
}

function showSuggestions() {
  const before = suggestions;
  suggestions = countSuggestions();
  document.title = suggestions ? `(${suggestions}) ${title}` : title;
  if (suggestions > before) buzzer.buzz();
}

function update() {
  showTab(tabOf(`#${host.dataset.tab}`)?.id ?? FIRST_TAB); // the settings go when the jam ends
  const field = document.getElementById("host-find");
  if (field) field.value = typed;
  find();
  showSuggestions();
  buzzer.showButton();
}

document.addEventListener("click", (event) => {
  const { target } = event;
  for (const menu of live.querySelectorAll(".host-menu[open]")) if (!menu.contains(target)) menu.open = false;
  const link = target.closest("a[href^='#']");
  const tab = link && tabOf(link.hash);
  if (tab) showTab(tab.id);
});
live.addEventListener("input", ({ target }) => {
  if (target.id !== "host-find") return;
  typed = target.value;
  find();
});
document.addEventListener("htmx:afterSwap", update, true); // before live/refetch.js puts the rows where they were
showTab(tabOf(location.hash)?.id ?? FIRST_TAB);
update();
