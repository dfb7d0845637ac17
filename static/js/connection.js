// Keeps the board true: which message counts, and what to do while there is no socket.
const POLL_MS = 4000;
const LONGEST_PAUSE_MS = 10000;
const RETRIED_BY_HTMX = [1006, 1011, 1012, 1013];
const GONE = 4404;

const live = document.getElementById("live");
const badge = document.getElementById("connection");
let shown = 0; // the order of the newest reading on this page, in this socket's life
let open = false;

htmx.config.wsReconnectDelay = (tries) => Math.random() * Math.min(1000 * 2 ** tries, LONGEST_PAUSE_MS);

const orderIn = (text) => Number(/id="board-order" value="(\d+)"/.exec(text)?.[1] ?? 0);

// Older than what the page shows: not to be shown. Nothing (0) is known of the order while the server's cache is away.
function isOld(text) {
  const order = orderIn(text);
  if (order && order < shown) return true;
  shown = order || shown;
  return false;
}

function say(state) {
  badge.textContent = badge.dataset[state];
  badge.dataset.state = state;
}

const away = () => (navigator.onLine ? "away" : "offline");

function refresh() {
  if (!open && document.visibilityState === "visible") htmx.trigger("#board", "jam:refresh");
}

// One timer for ever: starting it anew at every failed try of the socket would put the next look off for ever.
function poll() {
  refresh();
  setTimeout(poll, POLL_MS * (0.75 + Math.random() / 2));
}

live.addEventListener("htmx:wsOpen", () => {
  open = true;
  say("live");
});

live.addEventListener("htmx:wsClose", ({ detail }) => {
  if (open || !badge.dataset.state) say(away()); // not again at every try that fails
  open = false;
  shown = 0;
  const { code } = detail.event;
  if (code === GONE) location.reload();
  else if (!RETRIED_BY_HTMX.includes(code)) setTimeout(() => detail.socketWrapper.reconnect(), Math.random() * POLL_MS);
});

live.addEventListener("htmx:wsBeforeMessage", (event) => {
  if (isOld(event.detail.message)) event.preventDefault();
});

live.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "board" && isOld(detail.serverResponse)) detail.shouldSwap = false;
});

live.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (detail.target.id === "board" && !open) say(detail.successful ? "polling" : away());
  // Without a socket nobody tells us what our own tap changed.
  if (detail.requestConfig.elt.matches(".heart") && detail.successful) refresh();
});

addEventListener("offline", () => say("offline"));
addEventListener("online", refresh);
document.addEventListener("visibilitychange", refresh);
setTimeout(poll, POLL_MS);
