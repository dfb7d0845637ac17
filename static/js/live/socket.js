// The page's WebSocket, which htmx's extension opens: whether it is open, when it reconnects, and what is shown of it.
const POLL_MS = 4000;
const HEARTBEAT = "<!-- still here -->"; // jams/live/hub.py
const SILENCE_MS = 13000; // the server says something every 5 s (HEARTBEAT_SECONDS in jams/live/hub.py)
const MAX_RECONNECT_MS = 30000; // a page whose socket is refused polls meanwhile
const RECONNECTED_BY_HTMX = [1006, 1011, 1012, 1013]; // close codes after which htmx's extension reconnects
const JAM_GONE = 4404; // close code: the jam no longer exists (jams/live/close_codes.py)

export const live = document.getElementById("live");
const badge = document.getElementById("connection");
let open = false;
let socket; // the browser's own, also while it connects
let heard = 0; // when it was last heard of; the clock of the page, which no clock change moves

// A socket whose packets are lost stays "open" or "connecting" for minutes. Scripts see no pings, so silence tells.
htmx.createWebSocket = (url) => {
  socket = new WebSocket(url, []);
  heard = performance.now();
  return socket;
};

function abandonIfSilent() {
  const silent = performance.now() - heard > SILENCE_MS;
  if (!socket || !silent || socket.readyState > WebSocket.OPEN) return;
  const { onclose } = socket;
  socket.onclose = null; // the browser may wait long for the other side; htmx reconnects now
  socket.close();
  onclose(new CloseEvent("close", { code: 1006 }));
}

htmx.config.wsReconnectDelay = (tries) => Math.random() * Math.min(1000 * 2 ** tries, MAX_RECONNECT_MS);

export const isOpen = () => open;

// How new the board in this message or response is; 0 when the server does not know, while its cache is unreachable.
export const boardOrder = (text) => Number(/id="board-order" value="(\d+)"/.exec(text)?.[1] ?? 0);

export function showConnection(state) {
  badge.textContent = badge.dataset[state];
  badge.dataset.state = state;
}

export const showLost = () => showConnection(navigator.onLine ? "away" : "offline");

// One timer that is never restarted: restarting it after every failed reconnect would postpone the next poll for ever.
function poll(refresh) {
  if (!open) refresh();
  setTimeout(poll, POLL_MS * (0.75 + Math.random() / 2), refresh);
}

function reconnect({ event, socketWrapper }) {
  if (event.code === JAM_GONE) location.reload();
  else if (!RECONNECTED_BY_HTMX.includes(event.code)) setTimeout(() => socketWrapper.reconnect(), Math.random() * POLL_MS);
}

// Calls `refresh` every few seconds while the socket is closed, and when the page returns to the network or to view;
// calls `reset` when the socket closes, because the next one may number its boards from the start.
export function followSocket({ refresh, reset }) {
  live.addEventListener("htmx:wsOpen", () => {
    open = true;
    showConnection("live");
  });
  live.addEventListener("htmx:wsClose", ({ detail }) => {
    if (open || !badge.dataset.state) showLost(); // once, not at every failed reconnect
    open = false;
    reset();
    reconnect(detail);
  });
  live.addEventListener("htmx:wsBeforeMessage", (event) => {
    heard = performance.now();
    if (badge.dataset.state !== "live") showConnection("live");
    if (event.detail.message !== HEARTBEAT) return;
    event.preventDefault();
    event.stopImmediatePropagation(); // the listeners that follow wait for news
  });
  setInterval(abandonIfSilent, 1000);
  addEventListener("offline", () => showConnection("offline"));
  addEventListener("online", () => {
    showLost(); // the socket may have outlived the gap: then its next message says so
    refresh();
  });
  document.addEventListener("visibilitychange", refresh);
  setTimeout(poll, POLL_MS, refresh);
}
