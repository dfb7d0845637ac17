// What concerns a musician on this phone: which songs are mine, whether I am up, and news of my own strip.
const BUZZ = "jamsite.buzz";
const LATEST_MS = 2500; // twenty musicians do not ask at once
const BUSY_MS = 4000;
const MORE_THAN_VOTES = /id="(song-|queue|on-stage|played|jam-state|board")/;

const live = document.getElementById("live");
const call = document.getElementById("call");
const title = document.title;
const me = () => document.getElementById("me");
const songs = () => me().dataset.songs.split(" ").filter(Boolean);
const idOf = (row) => row.id.replace("entry-", "");
let said = call.textContent.trim();
let timer;
let sound;

function mark() {
  const mine = songs();
  for (const row of document.querySelectorAll("#queue > .entry")) {
    const isMine = mine.includes(idOf(row));
    row.classList.toggle("mine", isMine);
    row.querySelector(".play-word").textContent = isMine ? live.dataset.youPlay : live.dataset.play;
  }
}

// Which of my songs is up, and how soon: the places are everybody's, the songs are mine.
function up() {
  const mine = songs();
  const places = [["now", "#on-stage .entry-on-stage"], ["first", '#queue > [data-place="1"]'], ["second", '#queue > [data-place="2"]']];
  for (const [when, where] of places) {
    const row = document.querySelector(where);
    if (row && mine.includes(idOf(row))) return call.dataset[when].replace("%(song)s", row.querySelector(".song-title").textContent);
  }
  return "";
}

function ring() {
  const words = up();
  document.title = words ? `${words} · ${title}` : title;
  call.hidden = !words;
  if (words === said) return;
  call.textContent = said = words;
  if (words && allowed()) buzz();
}

function allowed() {
  try {
    return localStorage.getItem(BUZZ) === "yes";
  } catch {
    return false; // a browser that keeps nothing
  }
}

// Sound starts with a tap only: browsers want it so.
function wake() {
  if (allowed()) sound ??= new AudioContext();
}

function buzz() {
  navigator.vibrate?.([200, 100, 200]);
  if (sound?.state !== "running") return;
  const tone = sound.createOscillator();
  tone.frequency.value = 880;
  tone.connect(sound.destination);
  tone.start();
  tone.stop(sound.currentTime + 0.25);
}

function showBuzz() {
  const button = document.getElementById("buzz");
  if (!button) return;
  button.hidden = false;
  button.setAttribute("aria-pressed", allowed());
}

function toggleBuzz() {
  try {
    localStorage.setItem(BUZZ, allowed() ? "no" : "yes");
  } catch {
    return;
  }
  wake();
  showBuzz();
  if (allowed()) buzz();
}

function update() {
  mark();
  ring();
  showBuzz();
}

// Never under somebody's hands: an open form waits, also for an answer that was on its way when it was opened.
const busy = () => me().querySelector("details[open], :focus:not(summary)") !== null;

function ask() {
  clearTimeout(timer);
  if (busy()) timer = setTimeout(ask, BUSY_MS);
  else htmx.trigger(me(), "jam:me");
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig.elt !== me() || !busy()) return;
  detail.shouldSwap = false;
  ask();
});

function askSoon() {
  if (!me().matches("[data-musician]")) return;
  clearTimeout(timer);
  timer = setTimeout(ask, Math.random() * LATEST_MS);
}

live.addEventListener("htmx:wsAfterMessage", ({ detail }) => {
  update();
  if (MORE_THAN_VOTES.test(detail.message)) askSoon();
});
document.addEventListener("htmx:afterSettle", update);
document.addEventListener("click", ({ target }) => target.id === "buzz" && toggleBuzz());
addEventListener("pointerdown", wake);
update();
