// The console on a phone: one part of it at a time, a song found as the host types, and a sound for a new suggestion.
import { live } from "./live/socket.js";
import { readSetting, writeSetting } from "./storage.js";
import { matchWords } from "./words.js";

const ALERT = "jamsite.alert";
const FIRST_TAB = "host-queue";

const host = live.closest(".host");
const title = document.title;
let suggestions = countSuggestions();
let typed = ""; // what to find in the queue
let audio;

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
  for (const row of rows) {
    const text = `${row.querySelector(".song-title").textContent} ${row.querySelector(".song-by bdi").textContent}`;
    row.classList.toggle("out", typed.trim() !== "" && !matches(text));
  }
  document.getElementById("host-find-empty").hidden = rows.some((row) => !row.matches(".out"));
}

function countSuggestions() {
  return Number(live.querySelector("[data-suggestions]").dataset.suggestions);
}

const isAlertOn = () => readSetting(ALERT) === "yes";

// Browsers allow sound only after a tap.
function unlockAudio() {
  if (isAlertOn()) audio ??= new AudioContext();
}

function alertHost() {
  navigator.vibrate?.([200, 100, 200]);
  if (audio?.state !== "running") return;
  const tone = audio.createOscillator();
  tone.frequency.value = 660;
  tone.connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.2);
}

function showSuggestions() {
  const before = suggestions;
  suggestions = countSuggestions();
  document.title = suggestions ? `(${suggestions}) ${title}` : title;
  if (suggestions > before && isAlertOn()) alertHost();
}

function showAlertSwitch() {
  const button = document.getElementById("alert");
  if (!button) return;
  button.setAttribute("aria-pressed", isAlertOn());
}

function toggleAlert() {
  if (!writeSetting(ALERT, isAlertOn() ? "no" : "yes")) return;
  unlockAudio();
  showAlertSwitch();
  if (isAlertOn()) alertHost();
}

function update() {
  showTab(host.dataset.tab ?? FIRST_TAB);
  const field = document.getElementById("host-find");
  if (field) field.value = typed;
  find();
  showSuggestions();
  showAlertSwitch();
}

document.addEventListener("click", (event) => {
  const { target } = event;
  for (const menu of live.querySelectorAll(".host-menu[open]")) if (!menu.contains(target)) menu.open = false;
  if (target.id === "alert") toggleAlert();
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
addEventListener("pointerdown", unlockAudio);
showTab(tabOf(location.hash)?.id ?? FIRST_TAB);
update();
