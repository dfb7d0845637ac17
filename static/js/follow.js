// Keeps a page true that is not the public board itself: what the socket says is only that the jam changed, and then
// the part of the page that follows it ([data-order], how new it is) is asked for anew.
const PAUSE_MS = 700; // at most so often, however much a room votes
const POLL_MS = 4000;
const LONGEST_PAUSE_MS = 10000;
const RETRIED_BY_HTMX = [1006, 1011, 1012, 1013];
const GONE = 4404;

const live = document.getElementById("live");
const badge = document.getElementById("connection");
let open = false;
let waiting;
let pressed = false;
let kept = [];
let focused = false; // whether something in the part was, before a swap
let answering = 0; // taps whose answer is on its way
let shown; // the text of the part as it is on the page, without its order

htmx.config.wsReconnectDelay = (tries) => Math.random() * Math.min(1000 * 2 ** tries, LONGEST_PAUSE_MS);

const part = () => live.querySelector("[data-order]");
const orderIn = (text) => Number(/id="board-order" value="(\d+)"/.exec(text)?.[1] ?? 0);
const fields = () => [...live.querySelectorAll("[data-order] :is(input, select)[id]")];
const isTyping = () => document.activeElement?.matches("[data-order] :is(input, select)") ?? false;

function say(state) {
  badge.textContent = badge.dataset[state];
  badge.dataset.state = state;
}

const away = () => (navigator.onLine ? "away" : "offline");

// Nothing moves under a finger or under somebody who types.
function refresh() {
  waiting = undefined;
  if (pressed || isTyping() || answering) later();
  else if (document.visibilityState === "visible") htmx.trigger(part(), "jam:changed");
}

function later() {
  waiting ??= setTimeout(refresh, PAUSE_MS);
}

function poll() {
  if (!open) later();
  setTimeout(poll, POLL_MS * (0.75 + Math.random() / 2));
}

// What is open or half typed is so again after the swap, but for the form that has just been sent.
function keep(sent) {
  const open = [...live.querySelectorAll("details[open][id]")].map(({ id }) => ({ id, open: true }));
  const isDirty = (field) => (field.matches("select") ? !field.selectedOptions[0]?.defaultSelected : field.value !== field.defaultValue);
  const typed = fields().filter((field) => field.form !== sent && isDirty(field)).map(({ id, value }) => ({ id, value }));
  return [...open, ...typed];
}

function restore() {
  for (const { id, ...values } of kept) Object.assign(document.getElementById(id) ?? {}, values);
  kept = [];
}

live.addEventListener("htmx:wsOpen", () => {
  open = true;
  say("live");
});

live.addEventListener("htmx:wsClose", ({ detail }) => {
  if (open || !badge.dataset.state) say(away());
  open = false;
  part().dataset.order = 0; // the next socket may count anew
  const { code } = detail.event;
  if (code === GONE) location.reload();
  else if (!RETRIED_BY_HTMX.includes(code)) setTimeout(() => detail.socketWrapper.reconnect(), Math.random() * POLL_MS);
});

live.addEventListener("htmx:wsBeforeMessage", (event) => {
  event.preventDefault();
  const order = orderIn(event.detail.message);
  if (!order || order > Number(part().dataset.order)) later();
});

// An answer that another one has overtaken tells of an older state; one that tells nothing new changes nothing.
function isNews(text) {
  const order = Number(/data-order="(\d+)"/.exec(text)?.[1] ?? 0);
  if (order && order < Number(part().dataset.order)) return false;
  const before = shown;
  shown = text.replace(/data-order="\d+"/, "").replaceAll(/name="csrfmiddlewaretoken" value="\w+"/g, "");
  if (before === shown) part().dataset.order = order;
  return before !== shown;
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (!detail.target.contains(part()) || !detail.shouldSwap) return;
  const isRefresh = detail.requestConfig.verb === "get";
  if (isRefresh && !isNews(detail.serverResponse)) detail.shouldSwap = false;
  else kept = keep(isRefresh ? null : detail.requestConfig.elt);
  if (!isRefresh) shown = undefined;
  focused = part().contains(document.activeElement);
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  restore();
  if (focused && document.activeElement === document.body) part().focus({ preventScroll: true }); // its button has gone
  if (detail.requestConfig.verb === "get" && !open) say(detail.successful === false ? away() : "polling");
});

// The answer to a tap holds the whole part and a toast, and finds its place by the button that was tapped: nothing may
// take that button away meanwhile.
const isTap = ({ requestConfig }) => requestConfig.verb !== "get";
document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (!isTap(detail)) return;
  answering += 1;
  htmx.trigger(part(), "htmx:abort");
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (isTap(detail)) answering -= 1;
});

live.addEventListener("pointerdown", () => (pressed = true));
for (const name of ["pointerup", "pointercancel"]) addEventListener(name, () => (pressed = false));
addEventListener("offline", () => say("offline"));
addEventListener("online", later);
document.addEventListener("visibilitychange", later);
setTimeout(poll, POLL_MS);
