// A musician's own part of the page: marks my songs, calls me when I am up, and keeps my strip up to date.
import { makeBuzzer } from "./buzzer.js";
import { entryId, isMusician, me, myEntries, queueRows, songTitle } from "./entries.js";
import { parseHTML } from "./html.js";
import { live } from "./live/socket.js";
import { hearTabs, tellTabs } from "./tabs.js";

const MAX_DELAY_MS = 2500; // so that twenty musicians do not send a request at once
const MORE_THAN_VOTES = /id="(song-|queue|on-stage|bands|played|jam-state|board")/;

const call = document.getElementById("call");
const title = document.title;
const buzzer = makeBuzzer({ key: "jamsite.buzz", id: "buzz", hertz: 880 });
let called = call.textContent.trim(); // the call that is shown
let timer;
let isStale = false; // a part of my panel shows an old state, because somebody was using it

function markMySongs() {
  const mine = myEntries();
  for (const row of queueRows()) {
    const isMine = mine.includes(entryId(row));
    row.classList.toggle("mine", isMine);
    const word = row.querySelector(".play-word");
    const words = isMine ? live.dataset.youPlay : live.dataset.play;
    if (word.textContent !== words) word.textContent = words; // else each vote would lay out every row again
  }
}

// The sentence that says that my band is up, or which of my songs and how soon, or "".
function findCall() {
  if (me().dataset.call) return me().dataset.call;
  const mine = myEntries();
  const places = [["now", "#on-stage .entry-on-stage"], ["first", '#queue > [data-place="1"]'], ["second", '#queue > [data-place="2"]']];
  for (const [when, where] of places) {
    const row = document.querySelector(where);
    if (row && mine.includes(entryId(row))) return call.dataset[when].replace("%(song)s", songTitle(row));
  }
  return "";
}

function showCall() {
  const words = findCall();
  document.title = words ? `${words} · ${title}` : title;
  call.hidden = !words;
  if (words === called) return;
  call.textContent = called = words;
  if (words) buzzer.buzz();
}

// Tells the host that I have seen the call, once it is really in front of somebody.
function reportSeen() {
  const address = me().dataset.unseen;
  if (!address || document.visibilityState !== "visible") return;
  delete me().dataset.unseen;
  htmx.ajax("POST", address, { source: live, swap: "none", values: { quietly: "1" } });
}

function update() {
  markMySongs();
  showCall();
  reportSeen();
  buzzer.showButton();
  for (const { dataset } of document.querySelectorAll("[data-script]")) import(dataset.script); // once, and where it is used
}

const isBusy = () => me().querySelector(".me-fold[open], :focus:not(summary)") !== null;

function refresh() {
  clearTimeout(timer);
  isStale = false;
  htmx.trigger(me(), "jam:me");
}

// While somebody has the panel open, its forms stay as they are, with what has been typed; only what tells them about
// their turn changes. A button that is about to be tapped stays, too.
function updateAround(html) {
  const fresh = parseHTML(html).querySelector("#me");
  if (!fresh) return;
  for (const name of ["call", "unseen", "songs", "plays"]) {
    if (name in fresh.dataset) me().dataset[name] = fresh.dataset[name];
    else delete me().dataset[name];
  }
  for (const old of me().querySelectorAll("[data-updates]")) {
    const part = fresh.querySelector(`#${old.id}`);
    if (!part || part.textContent === old.textContent || old.contains(document.activeElement)) continue;
    old.replaceWith(part);
    htmx.process(part);
  }
  update();
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.requestConfig.elt !== me() || !isBusy()) return;
  detail.shouldSwap = false;
  isStale = true;
  updateAround(detail.serverResponse);
});

// Once nobody uses the panel any more, all of it is shown as it is now.
function catchUp() {
  if (isStale && !isBusy()) refresh();
}
for (const event of ["toggle", "focusout"]) document.addEventListener(event, () => setTimeout(catchUp), true);

// Opens my panel from elsewhere on the page, in browsers in which a link into it does not.
document.addEventListener("click", ({ target }) => {
  const fold = target.closest('a[href="#me-panel"]') && me().querySelector(".me-fold");
  if (fold) fold.open = true;
});

function refreshSoon() {
  if (!isMusician()) return;
  clearTimeout(timer);
  timer = setTimeout(refresh, Math.random() * MAX_DELAY_MS);
}

live.addEventListener("htmx:wsAfterMessage", ({ detail }) => {
  update();
  if (MORE_THAN_VOTES.test(detail.message)) refreshSoon();
});
document.addEventListener("htmx:afterSettle", update);
// What I have done comes with my part of the page beside it; the other tabs fetch theirs.
document.addEventListener("htmx:oobAfterSwap", ({ detail }) => detail.target.id === "me" && tellTabs({ me: true }));
document.addEventListener("visibilitychange", reportSeen);
hearTabs((news) => news.me && refresh());
update();
