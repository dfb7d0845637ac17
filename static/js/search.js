// Tells the server what people look for: once they stop typing, and when they go on to something they found.
const SETTLED_MS = 1500;
const form = document.getElementById("search");
const words = document.getElementById("search-words");
let counted = words.value; // the page itself was a search already
let timer;

function tell(extra) {
  const body = new FormData(form);
  body.append("csrfmiddlewaretoken", form.dataset.token);
  for (const [name, value] of Object.entries(extra)) body.append(name, value);
  navigator.sendBeacon(form.dataset.heard, body);
}

function settle() {
  clearTimeout(timer);
  if (words.value.trim() && words.value !== counted) {
    counted = words.value;
    tell({});
  }
}

words.addEventListener("input", () => {
  clearTimeout(timer);
  timer = setTimeout(settle, SETTLED_MS);
});

document.getElementById("main").addEventListener("click", (event) => {
  if (!event.target.closest?.("#found a")) return;
  settle();
  tell({ chosen: "1" });
});

document.addEventListener("htmx:afterSettle", () => {
  const query = new URLSearchParams(new FormData(form));
  history.replaceState(null, "", `${location.pathname}?${query}`);
});
