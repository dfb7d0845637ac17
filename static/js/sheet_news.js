// Keeps the open sheet of a song true: asks for it again when the song goes on stage, is played or leaves the list, and
// when sign-ups are closed or opened. Loaded by musician.js with the first sheet.
const body = document.getElementById("sheet-body");
const live = document.getElementById("live");
let last; // what the board said of the song after the last message
let isNews = false;

function follow() {
  const sheet = body.querySelector("[data-entry]");
  if (!sheet) return;
  const { entry, place } = sheet.dataset;
  const part = document.getElementById(`entry-${entry}`)?.closest("#queue, #on-stage, #played")?.id ?? "";
  const now = `${part} ${document.getElementById("jam-state").dataset.signUps}`;
  // The sheet may be newer than the board, and a long board shows no more than the first songs: so only after a change.
  if (now !== place && `${entry} ${now}` !== last) {
    isNews = true;
    htmx.trigger(sheet, "jam:news");
  }
  last = `${entry} ${now}`;
}

live.addEventListener("htmx:wsAfterMessage", follow);
live.addEventListener("htmx:afterSwap", ({ detail }) => detail.target.id === "board" && follow());
// Whoever was in the form that is gone hears why.
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (!isNews || detail.target !== body) return;
  isNews = false;
  if (!body.contains(document.activeElement)) body.querySelector(".sheet-news")?.focus();
});
