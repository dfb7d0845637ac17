// Keeps the console and the stage screen up to date. A message of the socket only says that the jam has changed; the part
// of the page that shows it ([data-order] says how new it is) is then fetched again.
import { deaden, readPlaces } from "./fresh.js";
import { isPressed, watchPointer } from "./pointer.js";
import { holdStill, placeRows, readScreen, scrollBack } from "../still.js";
import { boardOrder, followSocket, isOpen, live, showConnection, showLost } from "./socket.js";

const PAUSE_MS = 700; // between two fetches, however fast a room votes
const CODE_CHECK_MS = 30000; // far below the time for which the room code before stays valid

let waiting; // the timer of the next fetch
let kept = []; // open details and half-typed fields, to restore after a swap
let finding = false; // whether somebody was typing what to find, before a swap
let focused; // the id of the element inside the part that had the focus before a swap; undefined if none had it
let unanswered = 0; // taps that wait for their response
let screen; // where the rows of the list that holds still were before a swap
let places; // where the buttons were before a swap
let sorted = []; // these rows as the server sorts them
let shown; // the HTML of the part on the page, without its order

const part = () => live.querySelector("[data-order]");
const fields = () => [...live.querySelectorAll("[data-order] :is(input, select)[id]")];
const isFinding = () => document.activeElement?.id === "host-find"; // which sends nothing, and may go on for long
const isTyping = () => !isFinding() && (document.activeElement?.matches("[data-order] :is(input, select)") ?? false);

// Nothing moves under a finger or while somebody is typing: neither is a refresh asked for, nor one shown that was asked for before.
const isBusy = () => isPressed() || isTyping();

function refresh() {
  waiting = undefined;
  if (isBusy() || unanswered) refreshSoon();
  else if (document.visibilityState === "visible") htmx.trigger(part(), "jam:changed");
}

function refreshSoon() {
  waiting ??= setTimeout(refresh, PAUSE_MS);
}

// Open details and half-typed fields outlive a swap, except those of the form that has just been sent, and the menu.
function keep(sent) {
  const isDone = (details) => details.matches(".host-menu") && details.contains(sent);
  const open = [...live.querySelectorAll("details[open][id]")].filter((details) => !isDone(details)).map(({ id }) => ({ id, open: true }));
  const isDirty = (field) => {
    if (field.matches("select")) return !field.selectedOptions[0]?.defaultSelected;
    return field.value !== field.defaultValue || field.checked !== field.defaultChecked;
  };
  const typed = fields().filter((field) => field.form !== sent && isDirty(field)).map(({ id, value, checked }) => ({ id, value, checked }));
  return [...open, ...typed];
}

function restore() {
  for (const { id, ...values } of kept) Object.assign(document.getElementById(id) ?? {}, values);
  kept = [];
}

// htmx gives the focus back too, but not to a field in details that were only opened again by `restore`.
function focusAgain() {
  for (const element of [document.getElementById(focused), part()]) {
    if (document.activeElement === document.body) element?.focus({ preventScroll: true }); // the part, when its button has gone
  }
}

// The console's queue holds still under the host's thumb, as the public one does.
const list = () => live.querySelector("[data-holds-still]");
const rows = () => [...(list()?.children ?? [])];
const showOrder = document.getElementById("show-order");

function holdRows() {
  sorted = rows();
  if (sorted.length) placeRows(list(), holdStill(sorted, screen));
  scrollBack(screen);
  if (showOrder) showOrder.hidden = rows().every((row, place) => row === sorted[place]);
}

showOrder?.addEventListener("click", () => {
  placeRows(list(), { kept: [], before: [], after: sorted });
  showOrder.hidden = true;
  list().scrollIntoView({ behavior: "instant" });
  part().focus({ preventScroll: true });
});

// The room code changes without a change of the jam.
setInterval(() => {
  if (document.querySelector("[data-rotates]")) refreshSoon();
}, CODE_CHECK_MS);

followSocket({ refresh: refreshSoon, reset: () => (part().dataset.order = 0) });
watchPointer(live);

live.addEventListener("htmx:wsBeforeMessage", (event) => {
  event.preventDefault();
  const order = boardOrder(event.detail.message);
  if (!order || order > Number(part().dataset.order)) refreshSoon();
});

// A response that a later one has overtaken is older than the page; one that is equal to the page changes nothing.
function isNew(text) {
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
  if (isRefresh && isBusy()) {
    detail.shouldSwap = false;
    refreshSoon();
  } else if (isRefresh && !isNew(detail.serverResponse)) detail.shouldSwap = false;
  else kept = keep(isRefresh ? null : detail.requestConfig.elt);
  if (!isRefresh) shown = undefined;
  finding = isFinding();
  focused = part().contains(document.activeElement) ? document.activeElement.id : undefined;
  screen = detail.shouldSwap ? readScreen(rows()) : undefined;
  places = detail.shouldSwap ? readPlaces(part()) : undefined;
  const { elt } = detail.requestConfig;
  if (screen && !isRefresh && !list()?.contains(elt)) screen.tops = []; // the thumb is elsewhere
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  restore();
  if (screen) holdRows();
  if (places) deaden(part(), places);
  screen = places = undefined;
  if (finding) document.getElementById("host-find")?.focus({ preventScroll: true });
  if (focused !== undefined) focusAgain();
});

// htmx swaps no failed answer, so what a poll found is shown here.
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (!detail.requestConfig.elt.matches("[data-order]") || isTap(detail) || isOpen()) return;
  if (detail.successful) showConnection("polling");
  else showLost();
});

// The response to a tap holds the whole part and a toast, and htmx places it by the button that was tapped: nothing may
// remove that button before the response arrives.
const isTap = ({ requestConfig }) => requestConfig.verb !== "get";
document.addEventListener("htmx:beforeRequest", ({ detail, defaultPrevented }) => {
  if (!isTap(detail) || defaultPrevented) return;
  unanswered += 1;
  htmx.trigger(part(), "htmx:abort");
});
document.addEventListener("htmx:afterRequest", ({ detail }) => {
  if (isTap(detail)) unanswered -= 1;
});
