// Puts the queue in order when counts change, but never under a finger or under keyboard focus.
const HOLD_MS = 800; // after a touch, so that a second tap finds what the first one found
const SETTLE_MS = 280;
const ANNOUNCE_MS = 10000;
const NOT_ON_DECK = 999;

const live = document.getElementById("live");
const announcer = document.getElementById("announcer");
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const hovers = matchMedia("(hover: hover)");
let pressed = false;
let heldUntil = 0;
let waiting;
let announcedAt = 0;
let announced;
let focused;
let arranged = [document.getElementById("queue"), "votes"]; // which queue was put in which order last

const queue = () => document.getElementById("queue");
const rows = () => [...queue().querySelectorAll(":scope > .entry")];
const idOf = (row) => Number(row.id.replace("entry-", ""));
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
  return byTitle(a, b) || idOf(a) - idOf(b);
}

// The same orders as jams.selectors.board_for_visitor.
const orders = {
  votes: byVotes,
  title: (a, b) => byTitle(a, b) || idOf(a) - idOf(b),
  artist: (a, b) => byArtist(a, b) || byTitle(a, b) || idOf(a) - idOf(b),
};
const order = () => live.dataset.sort ?? "votes";

function isHeld() {
  const list = queue();
  return (
    pressed ||
    Date.now() < heldUntil ||
    list.querySelector(":focus-visible") !== null ||
    (hovers.matches && list.querySelector(".heart:hover") !== null)
  );
}

function settle() {
  clearTimeout(waiting);
  const now = rows();
  const sorted = now.toSorted(orders[order()]);
  const isNew = queue() !== arranged[0] || order() !== arranged[1];
  arranged = [queue(), order()];
  if (sorted.every((row, place) => row === now[place])) return;
  if (isHeld() && !isNew) {
    waiting = setTimeout(settle, HOLD_MS / 2);
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

// A room full of taps must not become a stream of speech: only who leads, and not often.
function announce() {
  const [first] = rows().toSorted(byVotes);
  const said = first && `${first.id} ${votesOf(first)}`;
  if (!first || said === announced || Date.now() - announcedAt < ANNOUNCE_MS) return;
  if (announced !== undefined) {
    const title = first.querySelector(".song-title").textContent;
    announcer.textContent = announcer.dataset.news.replace("%(title)s", title).replace("%(votes)s", votesOf(first));
    announcedAt = Date.now();
  }
  announced = said;
}

// Hearts keep their own state through every swap (hx-preserve), so the jam's state is told to them here.
function openOrClose() {
  const closed = document.getElementById("jam-state").dataset.votable !== "yes";
  for (const heart of document.querySelectorAll(".heart")) heart.disabled = closed;
}

function changed() {
  openOrClose();
  settle();
  announce();
}

live.addEventListener("pointerdown", () => (pressed = true));
for (const name of ["pointerup", "pointercancel"]) {
  addEventListener(name, () => {
    pressed = false;
    heldUntil = Date.now() + HOLD_MS;
  });
}
live.addEventListener("htmx:wsBeforeMessage", () => (focused = document.activeElement?.id));
live.addEventListener("htmx:wsAfterMessage", () => {
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  changed();
});
live.addEventListener("htmx:afterSwap", changed);
document.addEventListener("jam:view", settle);
announce();
