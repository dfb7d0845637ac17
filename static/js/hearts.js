// A tap that finds no network waits here, in sight, and is sent when there is one; the last wish wins.
// Sending it twice is harmless: PUT and DELETE say what is wanted, not that something flips.
const TIMEOUT_MS = 8000;
const LONGEST_PAUSE_MS = 20000;
const wishes = new Map(); // id of the heart -> whether it is wanted
let tries = 0;
let timer;

const live = document.getElementById("live");
const token = JSON.parse(live.getAttribute("hx-headers"));
const isHeart = (element) => element?.matches?.(".heart");
const mayPass = (status) => status === 0 || status === 429 || status >= 500;

function wait(heart, wanted) {
  wishes.set(heart.id, wanted);
  heart.setAttribute("aria-pressed", wanted);
  heart.classList.add("waiting");
  clearTimeout(timer);
  timer = setTimeout(deliverAll, Math.random() * Math.min(1000 * 2 ** tries++, LONGEST_PAUSE_MS));
}

async function deliver(id, wanted) {
  const heart = document.getElementById(id);
  if (!heart) return wishes.delete(id);
  let answer;
  try {
    answer = await fetch(heart.formAction, {
      method: wanted ? "PUT" : "DELETE",
      headers: { ...token, "HX-Request": "true" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
  } catch {
    answer = { status: 0 };
  }
  if (wishes.get(id) !== wanted) return; // another wish came meanwhile, and has its own turn
  if (mayPass(answer.status)) return wait(heart, wanted);
  wishes.delete(id);
  tries = 0;
  await show(document.getElementById(id), wanted, answer);
}

async function show(heart, wanted, answer) {
  if (!heart) return;
  const html = await answer.text();
  heart.classList.remove("waiting");
  if (answer.ok) {
    htmx.swap(heart, html, { swapStyle: "outerHTML" });
  } else {
    heart.setAttribute("aria-pressed", !wanted);
    document.dispatchEvent(new CustomEvent("jam:refused", { detail: html }));
  }
}

function deliverAll() {
  clearTimeout(timer);
  for (const [id, wanted] of wishes) deliver(id, wanted);
}

document.addEventListener("htmx:beforeRequest", (event) => {
  const heart = event.detail.elt;
  if (!isHeart(heart) || !wishes.has(heart.id)) return;
  event.preventDefault();
  wait(heart, !wishes.get(heart.id));
});

for (const name of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(name, ({ detail }) => {
    if (isHeart(detail.elt) && mayPass(detail.xhr?.status ?? 0)) wait(detail.elt, detail.requestConfig.verb === "put");
  });
}
addEventListener("online", deliverAll);
live.addEventListener("htmx:wsOpen", deliverAll);
