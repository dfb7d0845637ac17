// A host's tap that finds no network waits here, visibly, and is sent later, in the order of the taps. Each names the song
// or the person it means and what was seen on stage, so the server refuses one that comes too late; sending a tap twice
// changes nothing more.
import { live } from "./socket.js";

const RETRY_MS = 3000;
const TOO_OLD_MS = 120000; // the night has moved on; the host looks again and taps again
const TEMPORARY = [0, 502, 503, 504]; // no answer, or the server restarts
const FAILURES = ["htmx:sendError", "htmx:timeout", "htmx:responseError"];

const sender = document.getElementById("connection"); // stays on the page, unlike the buttons
const waiting = []; // {id, path, values, at}: `at` in the time of day, which goes on while a phone sleeps
let sending = false;
let timer;

const say = (sentence) => document.dispatchEvent(new CustomEvent("jam:said", { detail: sentence }));
const isTapped = (element) => element?.matches?.("button[hx-post]") ?? false;
const isTemporary = ({ xhr }) => TEMPORARY.includes(xhr?.status ?? 0);
const isSame = (a, b) => a.path === b.path && a.id === b.id;

function keep({ elt, requestConfig: { path, formData } }) {
  const tap = { id: elt.id, path, values: Object.fromEntries(formData), at: Date.now() };
  if (waiting.some((other) => isSame(other, tap))) return;
  waiting.push(tap);
  say(live.dataset.waiting);
  show();
}

// Marks the buttons whose taps wait, also after the part of the page that holds them has been replaced.
function show() {
  for (const button of live.querySelectorAll(".button.waiting")) button.classList.remove("waiting");
  for (const { id } of waiting) if (id) document.getElementById(id)?.classList.add("waiting");
}

function dropOld() {
  const left = waiting.filter(({ at }) => Date.now() - at < TOO_OLD_MS);
  if (left.length === waiting.length) return;
  waiting.splice(0, waiting.length, ...left);
  say(live.dataset.lost);
  show();
}

function send() {
  clearTimeout(timer);
  if (sending) return;
  dropOld();
  const [tap] = waiting;
  if (!tap) return;
  sending = true;
  const how = { source: sender, target: "#host-part", swap: "innerHTML", values: tap.values };
  htmx.ajax("post", tap.path, how).catch(() => {}); // failures have events, see below
}

function sendLater() {
  clearTimeout(timer);
  timer = setTimeout(send, RETRY_MS);
}

// The first answer of any kind ends the waiting: the page after the tap, or the sentence why not.
function handleAnswer(detail) {
  sending = false;
  if (isTemporary(detail)) return sendLater();
  waiting.shift();
  show();
  if (waiting.length) send();
}

// A new tap stands behind those that wait.
document.addEventListener(
  "htmx:beforeRequest",
  (event) => {
    if (!waiting.length || !isTapped(event.detail.elt)) return;
    event.preventDefault();
    keep(event.detail);
    send();
  },
  true,
);
for (const name of FAILURES) {
  document.addEventListener(
    name,
    (event) => {
      const { detail } = event;
      if (!isTemporary(detail) || !(isTapped(detail.elt) || detail.elt === sender)) return;
      event.preventDefault(); // it will be sent again: nothing has gone wrong yet
      if (detail.elt !== sender) {
        keep(detail);
        sendLater();
      }
    },
    true,
  );
}
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.elt === sender) handleAnswer(detail);
});
document.addEventListener("htmx:afterSwap", show);
addEventListener("online", send);
live.addEventListener("htmx:wsOpen", send);
addEventListener("beforeunload", (event) => waiting.length && event.preventDefault());
