// The console on a phone: one part of it at a time, a song found as the host types, and a sound for a new suggestion.
import { makeBuzzer } from "./buzzer.js";
import { live } from "./live/socket.js";
import { keepHeight } from "./still.js";
import { matchWords, songWords } from "./words.js";

const FIRST_TAB = "host-queue";

const host = live.closest(".host");
const title = document.title;
const buzzer = makeBuzzer({ key: "jamsite.alert", id: "alert", hertz: 660 });
let suggestions = countSuggestions();
const announcer = document.getElementById("announcer");
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
  const list = live.querySelector("[data-holds-still]");
  const rows = [...(list?.children ?? [])];
  if (list) keepHeight(list, typed);
  for (const row of rows) row.classList.toggle("out", typed.trim() !== "" && !matches(songWords(row)));
  document.getElementById("host-find-empty").hidden = rows.some((row) => !row.matches(".out"));
  announce();
}

// The part is replaced again and again, so what screen readers have to hear of it is said elsewhere, once.
function announce() {
  const heard = [...live.querySelectorAll("[data-heard]:not([hidden])")].map(({ textContent }) => textContent.trim()).join(" ");
  if (announcer.textContent !== heard) announcer.textContent = heard;
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
  announce();
  showSuggestions();
  buzzer.showButton();
}

// A menu opens where all of it can be tapped: above its button if the bar would cover it below.
function placeMenu(menu) {
  const items = menu.querySelector(".host-menu-items");
  const { scrollPaddingTop, scrollPaddingBottom } = getComputedStyle(document.documentElement);
  items.classList.remove("above");
  const { bottom, height } = items.getBoundingClientRect();
  const isCovered = bottom > innerHeight - parseFloat(scrollPaddingBottom);
  items.classList.toggle("above", isCovered && menu.getBoundingClientRect().top - height >= parseFloat(scrollPaddingTop));
  items.scrollIntoView({ block: "nearest", behavior: "instant" });
}

document.addEventListener("click", (event) => {
  const { target } = event;
  for (const menu of live.querySelectorAll(".host-menu[open]")) if (!menu.contains(target)) menu.open = false;
  const link = target.closest("a[href^='#']");
  const tab = link && tabOf(link.hash);
  if (tab) showTab(tab.id);
});
live.addEventListener("toggle", ({ target }) => target.matches(".host-menu[open]") && placeMenu(target), true);
live.addEventListener("input", ({ target }) => {
  if (target.id !== "host-find") return;
  typed = target.value;
  find();
});
document.addEventListener("htmx:afterSwap", update, true); // before live/refetch.js puts the rows where they were
showTab(tabOf(location.hash)?.id ?? FIRST_TAB);
update();
