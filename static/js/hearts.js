// A vote that finds no network waits here, visibly, and is sent later; of several taps on a heart the last one counts.
// Sending a vote twice is harmless: PUT and DELETE are idempotent.
import { live } from "./live/socket.js";
import { hearTabs, tellTabs } from "./tabs.js";

const TIMEOUT_MS = 8000;
const MAX_RETRY_MS = 20000;
const unsent = new Map(); // id of the heart -> whether it is to be on
let tries = 0;
let timer;

const token = JSON.parse(live.getAttribute("hx-headers"));
const isHeart = (element) => element?.matches?.(".heart");
const isTemporary = (status) => status === 0 || status === 429 || status >= 500;

function keepUnsent(heart, wanted) {
  unsent.set(heart.id, wanted);
  heart.setAttribute("aria-pressed", wanted);
  heart.classList.add("waiting");
  clearTimeout(timer);
  timer = setTimeout(sendAll, Math.random() * Math.min(1000 * 2 ** tries++, MAX_RETRY_MS));
}

async function send(id, wanted) {
  const heart = document.getElementById(id);
  if (!heart) return unsent.delete(id);
  let response;
  try {
    response = await fetch(heart.formAction, {
      method: wanted ? "PUT" : "DELETE",
      headers: { ...token, "HX-Request": "true" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    response = { status: 0 };
  }
  if (unsent.get(id) !== wanted) return; // tapped again in the meantime; that tap is sent separately
  if (isTemporary(response.status)) return keepUnsent(heart, wanted);
  unsent.delete(id);
  tries = 0;
  await showResponse(document.getElementById(id), wanted, response);
}

async function showResponse(heart, wanted, response) {
  if (!heart) return;
  const html = await response.text();
  heart.classList.remove("waiting");
  if (response.ok) {
    htmx.swap(heart, html, { swapStyle: "outerHTML" });
    tellTabs({ heart: html });
  } else {
    heart.setAttribute("aria-pressed", !wanted);
    document.dispatchEvent(new CustomEvent("jam:refused", { detail: html }));
  }
}

// The answer to a suggestion brings a heart that is on, and so does another tab. Its row may be there already, or come
// later over the socket.
function placeNewHearts() {
  for (const heart of document.querySelectorAll("#new-hearts > .heart")) {
    document.querySelector(`#queue [id="${heart.id}"]`)?.replaceWith(heart);
  }
}

hearTabs(({ heart }) => {
  if (!heart) return;
  htmx.swap(document.getElementById("new-hearts"), heart, { swapStyle: "beforeend" });
  placeNewHearts();
});

document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (isHeart(detail.requestConfig.elt) && detail.successful) tellTabs({ heart: detail.xhr.responseText });
});

// A board for everybody shows no heart as one's own. A song that left the queue and is back gets its heart back, too.
const known = new Map(); // by id; those of songs that are not in the queue are not on the page

function rememberHearts() {
  for (const heart of document.querySelectorAll("#queue .heart")) known.set(heart.id, heart);
}

function restoreHearts() {
  for (const heart of document.querySelectorAll("#queue .heart")) {
    const own = known.get(heart.id);
    if (!own || own === heart || own.isConnected) continue;
    own.disabled = heart.disabled;
    heart.replaceWith(own);
    htmx.process(own);
  }
}

function sendAll() {
  clearTimeout(timer);
  for (const [id, wanted] of unsent) send(id, wanted);
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const heart = event.detail.elt;
  if (!isHeart(heart) || !unsent.has(heart.id)) return;
  event.preventDefault();
  keepUnsent(heart, !unsent.get(heart.id));
});

for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  const keepTemporary = ({ detail }) => {
    if (isHeart(detail.elt) && isTemporary(detail.xhr?.status ?? 0)) keepUnsent(detail.elt, detail.requestConfig.verb === "put");
  };
  document.addEventListener(name, keepTemporary, true); // before toasts.js, which says nothing of a heart that waits
}
addEventListener("online", sendAll);
live.addEventListener("htmx:wsOpen", sendAll);
const isBoard = ({ detail }) => detail.target?.id === "board"; // a swap by a script names no target
live.addEventListener("htmx:wsBeforeMessage", rememberHearts);
live.addEventListener("htmx:wsAfterMessage", restoreHearts);
live.addEventListener("htmx:beforeSwap", (event) => isBoard(event) && rememberHearts());
live.addEventListener("htmx:afterSwap", (event) => isBoard(event) && restoreHearts());
live.addEventListener("htmx:wsAfterMessage", placeNewHearts);
document.addEventListener("htmx:oobAfterSwap", () => {
  for (const heart of document.querySelectorAll("#new-hearts > .heart")) tellTabs({ heart: new XMLSerializer().serializeToString(heart) });
  placeNewHearts();
});
