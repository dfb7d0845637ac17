// Toasts: messages about a tap, one at a time, that are announced, shown for a while, and closed by a button.
import { parseHTML } from "./html.js";

const SHOWN_MS = 7000;
const region = document.getElementById("toasts");
const trouble = document.getElementById("trouble"); // shown when the response holds no message of ours

function toastIn(html) {
  const found = parseHTML(html).querySelector(".toast");
  return document.importNode(found ?? trouble.content.querySelector(".toast"), true);
}

const show = (html) => region.append(toastIn(html));

function say(sentence) {
  const toast = document.importNode(document.getElementById("news").content.querySelector(".toast"), true);
  toast.querySelector("p").textContent = sentence;
  region.append(toast);
}

function startTimer(toast) {
  toast.querySelector(".toast-close").addEventListener("click", () => toast.remove());
  toast.querySelector("a")?.addEventListener("click", () => setTimeout(() => toast.remove())); // after the jump
  const expire = () => (toast.matches(":hover, :focus-within") ? setTimeout(expire, SHOWN_MS) : toast.remove());
  setTimeout(expire, SHOWN_MS);
}

// Whether it comes from this script or with a response of the server: the newest takes the place of the one before.
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const node of addedNodes) if (node.matches?.(".toast")) startTimer(node);
  for (const toast of [...region.querySelectorAll(".toast")].slice(0, -1)) toast.remove();
}).observe(region, { childList: true });

// What will be sent again is not an error: hearts.js and live/taps.js keep it, visibly.
document.addEventListener("htmx:responseError", ({ detail, defaultPrevented }) => {
  if (!defaultPrevented && !detail.elt.matches(".heart.waiting")) show(detail.xhr.responseText);
});
// What sends requests by itself, such as the board, tries again; somebody who pressed a button needs a message.
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, ({ detail, defaultPrevented }) => {
    if (!defaultPrevented && detail.elt.matches("form, a, button:not(.heart)")) show("");
  });
}
document.addEventListener("jam:refused", ({ detail }) => show(detail));
document.addEventListener("jam:said", ({ detail }) => say(detail));
