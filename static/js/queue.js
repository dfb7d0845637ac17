// Sorts the queue when vote counts change, but never under a finger or keyboard focus.
import { entryId, queue, queueRows, songTitle } from "./entries.js";
import { isPressed, watchPointer } from "./live/pointer.js";
import { live } from "./live/socket.js";

const HOLD_MS = 800; // after a touch, so that a second tap hits the same song
const SETTLE_MS = 280;
const ANNOUNCE_MS = 10000;
const NOT_ON_DECK = 999;

const announcer = document.getElementById("announcer");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const hovers = matchMedia("(hover: hover)");
let heldUntil = 0;
let waiting;
let announcedAt = 0;
let announced;
let focused;
let sortedLast = [queue(), "votes"]; // the queue that was last sorted, and its order

const votesOf = (row) => Number(row.querySelector(".votes").textContent);

const byText = (a, b) => (a === b ? 0 : a < b ? -1 : 1);
const byTitle = (a, b) => byText(a.dataset.title, b.dataset.title);
const byArtist = (a, b) => byText(artistOf(a), artistOf(b));
const artistOf = (row) => row.querySelector(".song").dataset.artist;

// The same rank as jams.selectors.board.Row.rank.
function byVotes(a, b) {
  const place = (row) => Number(row.dataset.place) || NOT_ON_DECK;
  if (place(a) !== place(b)) return place(a) - place(b);
  if (votesOf(a) !== votesOf(b)) return votesOf(b) - votesOf(a);
  return byTitle(a, b) || entryId(a) - entryId(b);
}

// The same orders as jams.selectors.board_for_visitor.
const orders = {
  votes: byVotes,
  title: (a, b) => byTitle(a, b) || entryId(a) - entryId(b),
  artist: (a, b) => byArtist(a, b) || byTitle(a, b) || entryId(a) - entryId(b),
};
const order = () => live.dataset.sort ?? "votes";

function isHeld() {
  const list = queue();
  return (
    isPressed() ||
    Date.now() < heldUntil ||
    list.querySelector(":focus-visible") !== null ||
    (hovers.matches && list.querySelector(".heart:hover") !== null)
  );
}

function sortQueue() {
  clearTimeout(waiting);
  const now = queueRows();
  const sorted = now.toSorted(orders[order()]);
  const isNew = queue() !== sortedLast[0] || order() !== sortedLast[1];
  sortedLast = [queue(), order()];
  if (sorted.every((row, place) => row === now[place])) return;
  if (isHeld() && !isNew) {
    waiting = setTimeout(sortQueue, HOLD_MS / 2);
    return;
  }
  const before = new Map(now.map((row) => [row, row.getBoundingClientRect().top]));
  const list = queue();
  for (const row of sorted) list.moveBefore ? list.moveBefore(row, null) : list.append(row);
  if (!calm.matches && !isNew) for (const row of sorted) glide(row, before.get(row) - row.getBoundingClientRect().top);
}

function glide(row, distance) {
  if (distance) row.animate([{ transform: `translateY(${distance}px)` }, {}], { duration: SETTLE_MS, easing: "ease-out" });
}

// Screen readers only get the leading song, and not often, however fast a room votes.
function announce() {
  const [first] = queueRows().toSorted(byVotes);
  const news = first && `${first.id} ${votesOf(first)}`;
  if (!first || news === announced || Date.now() - announcedAt < ANNOUNCE_MS) return;
  if (announced !== undefined) {
    announcer.textContent = announcer.dataset.news.replace("%(title)s", songTitle(first)).replace("%(votes)s", votesOf(first));
    announcedAt = Date.now();
  }
  announced = news;
}

// Hearts keep their own state through every swap (hx-preserve), so they are enabled and disabled here.
function updateHearts() {
  const closed = document.getElementById("jam-state").dataset.votable !== "yes";
  for (const heart of document.querySelectorAll(".heart")) heart.disabled = closed;
}

function update() {
  updateHearts();
  sortQueue();
  announce();
}

watchPointer(live, () => (heldUntil = Date.now() + HOLD_MS));
live.addEventListener("htmx:wsBeforeMessage", () => (focused = document.activeElement?.id));
live.addEventListener("htmx:wsAfterMessage", () => {
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  update();
});
live.addEventListener("htmx:afterSwap", update);
document.addEventListener("jam:view", sortQueue);
announce();
