// Keeps the public board up to date: decides which messages are new, and polls while there is no socket.
import { boardOrder, followSocket, isOpen, live, showConnection, showLost } from "./socket.js";

let shown = 0; // the order of the newest board that this page has shown since its socket opened

// Whether the page already shows a newer board. A board without an order is always shown.
function isOld(text) {
  const order = boardOrder(text);
  if (order && order < shown) return true;
  shown = order || shown;
  return false;
}

function refresh() {
  if (!isOpen() && document.visibilityState === "visible") htmx.trigger("#board", "jam:refresh");
}

followSocket({ refresh, reset: () => (shown = 0) });

live.addEventListener("htmx:wsBeforeMessage", (event) => {
  if (isOld(event.detail.message)) event.preventDefault();
});

live.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "board" && isOld(detail.serverResponse)) detail.shouldSwap = false;
});

live.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.target.id !== "board" || isOpen()) return;
  if (detail.successful) showConnection("polling");
  else showLost();
});

// Without a socket no message reports what our own tap changed.
live.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.requestConfig.elt.matches(".heart") && detail.successful) refresh();
});
