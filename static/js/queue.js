// Sorts the queue when vote counts change. The rows on the screen stay where they are; a button says that the order has
// changed, and shows it.
import { entryId, queue, queueRows, songTitle } from "./entries.js";
import { live } from "./live/socket.js";
import { holdStill, placeRows, readScreen, scrollBack } from "./still.js";

const ANNOUNCE_MS = 10000;
const NOT_ON_DECK = 999;
const NOTHING_SEEN = { above: [], seen: [], tops: [] };

const announcer = document.getElementById("announcer");
const showOrder = document.getElementById("show-order");
let before; // the screen, folds and focus before a message
let announcedAt = -ANNOUNCE_MS;
let announced;
let notice = readNotice();
let heard = readAnnouncement();

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

function sortQueue(screen) {
  if (jamStatus() === "ended") screen = NOTHING_SEEN; // nobody aims at a heart any more
  const sorted = queueRows().toSorted(orders[live.dataset.sort ?? "votes"]);
  placeRows(queue(), holdStill(sorted, screen));
  const isShown = (row) => !row.matches(".out");
  const shown = queueRows().filter(isShown);
  showOrder.hidden = sorted.filter(isShown).every((row, place) => row === shown[place]);
}

// Screen readers only get the leading song, and not often, however fast a room votes.
function announce() {
  const [first] = queueRows().toSorted(byVotes);
  const news = first && `${first.id} ${votesOf(first)}`;
  if (!first || news === announced || performance.now() - announcedAt < ANNOUNCE_MS) return;
  if (announced !== undefined) {
    announcer.textContent = announcer.dataset.news.replace("%(title)s", songTitle(first)).replace("%(votes)s", votesOf(first));
    announcedAt = performance.now();
  }
  announced = news;
}

// Hearts keep their own state through every swap (hx-preserve), so they are enabled and disabled here.
function updateHearts() {
  const closed = document.getElementById("jam-state").dataset.votable !== "yes";
  for (const heart of document.querySelectorAll(".heart")) heart.disabled = closed;
}

// What is closed from now on, such as at last call, is said wherever the page is scrolled to.
function readNotice() {
  return document.querySelector("#jam-state [data-said]")?.dataset.said ?? "";
}

function sayNotice() {
  const said = notice;
  notice = readNotice();
  if (notice && notice !== said) document.dispatchEvent(new CustomEvent("jam:said", { detail: notice }));
}

function readAnnouncement() {
  return document.querySelector("#announcement p")?.textContent;
}

// Screen readers hear it wherever they are on the page; it is shown by itself.
function sayAnnouncement() {
  const words = readAnnouncement();
  if (words !== heard) announcer.textContent = heard = words;
}

const jamStatus = () => document.getElementById("jam-state").dataset.status;

function remember() {
  const folds = [...document.querySelectorAll("#board details[id]")].map(({ id, open }) => [id, open]);
  before = { screen: readScreen(queueRows()), folds, status: jamStatus(), focused: document.activeElement?.id };
}

function update() {
  const { screen, folds, status, focused } = before ?? { screen: readScreen(queueRows()), folds: [] };
  before = undefined;
  updateHearts();
  if (status === jamStatus()) {
    for (const [id, open] of folds) document.getElementById(id)?.toggleAttribute("open", open);
  }
  sortQueue(screen);
  scrollBack(screen);
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  announce();
  sayNotice();
  sayAnnouncement();
}

live.addEventListener("htmx:wsBeforeMessage", remember);
live.addEventListener("htmx:beforeSwap", ({ detail }) => detail.target.id === "board" && remember());
live.addEventListener("htmx:wsAfterMessage", update);
live.addEventListener("htmx:afterSwap", update);
document.addEventListener("jam:sort", () => sortQueue(NOTHING_SEEN));
showOrder.addEventListener("click", () => {
  sortQueue(NOTHING_SEEN);
  document.getElementById("queue-fold").scrollIntoView({ behavior: "instant" });
  document.querySelector("#queue-fold > summary").focus({ preventScroll: true });
});
sortQueue(NOTHING_SEEN);
announce();
