// Makes everything on the stage screen fit, whatever its length and its letters. Each [data-fit] is a box of fixed size:
// its text shrinks step by step. At the smallest step the style sheet clamps titles, and players turn into "+3". Tall
// letters, such as those of Thai, take more room: then a title gets fewer lines.
const SIZES = [1, 0.86, 0.74, 0.64, 0.55];
const LINES = ["", 2, 1]; // as many as the style sheet says, or at most so many

const isWhole = (element) => element.scrollHeight <= element.clientHeight + 1 && element.scrollWidth <= element.clientWidth + 1;
const fits = (box) => isWhole(box) && [...box.querySelectorAll(".stage-title, .stage-artist")].every(isWhole);

function shrink(box) {
  for (const size of SIZES) {
    box.style.setProperty("--fit", size);
    if (fits(box)) return;
  }
}

function showAll(box) {
  for (const player of box.querySelectorAll(".stage-player")) player.hidden = false;
  for (const more of box.querySelectorAll(".stage-more")) more.hidden = true;
}

function countRest(box) {
  const players = [...box.querySelectorAll(".stage-player")];
  const more = box.querySelector(".stage-more");
  for (let rest = 1; rest <= players.length && !isWhole(box); rest += 1) {
    players.at(-rest).hidden = true;
    more.hidden = false;
    more.textContent = `+${rest}`;
  }
}

function fitAll() {
  for (const box of document.querySelectorAll("[data-fit]")) {
    for (const lines of LINES) {
      box.style.setProperty("--lines", lines);
      showAll(box);
      shrink(box);
      countRest(box);
      if (isWhole(box)) break;
    }
  }
}

fitAll();
addEventListener("resize", fitAll);
document.addEventListener("htmx:afterSwap", fitAll);
document.fonts.addEventListener("loadingdone", fitAll);
