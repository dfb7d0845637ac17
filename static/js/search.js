// Search boxes: suggestions that work by keyboard, and the log of searches and of the results that were chosen.
import { parseHTML } from "./html.js";

const PAUSE_MS = 1500; // after which a search counts as finished

for (const form of document.querySelectorAll("form[data-log]")) {
  logSearches(form);
  if (form.querySelector(".suggestions")) suggest(form);
}

// A search is logged once somebody stops typing. The page that Enter leads to logs it unless it gets logged=1.
function logSearches(form) {
  const words = form.elements.q;
  const found = form.querySelector(".suggestions") ?? document.getElementById("main");
  let logged = words.value; // of this page
  let timer;

  function log(extra) {
    const token = form.dataset.token ?? found.querySelector("template")?.dataset.token;
    if (!token) return;
    const body = new URLSearchParams({ q: words.value, csrfmiddlewaretoken: token, ...extra });
    navigator.sendBeacon(form.dataset.log, body);
  }

  function finish() {
    clearTimeout(timer);
    if (!words.value.trim() || words.value === logged) return;
    logged = words.value;
    log({});
  }

  if (form.id === "search" && words.value.trim() && !location.search.includes("logged=")) log({});
  words.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(finish, PAUSE_MS);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    form.elements.logged.disabled = words.value !== logged;
  });
  addEventListener("pageshow", () => (form.elements.logged.disabled = true));
  found.addEventListener("click", ({ target }) => {
    const chosen = target.closest("[data-chosen]")?.dataset.chosen;
    if (!chosen) return;
    clearTimeout(timer);
    log(words.value === logged ? { chosen } : { chosen, searched: "1" });
    logged = words.value;
  });
}

// The ARIA combobox pattern: the focus stays in the box, and the arrow keys mark an option in the list below it.
function suggest(form) {
  const words = form.elements.q;
  const list = form.querySelector(".suggestions");
  const status = form.querySelector(".suggestions-said");
  const options = () => [...list.querySelectorAll("[role=option]")];
  const marked = () => list.querySelector("[aria-selected=true]");
  words.setAttribute("role", "combobox");
  words.setAttribute("aria-autocomplete", "list");
  close();

  function mark(option) {
    marked()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) words.setAttribute("aria-activedescendant", option.id);
    else words.removeAttribute("aria-activedescendant");
  }

  function open() {
    const isOpen = words.value.trim() !== "" && options().length > 0;
    list.hidden = !isOpen;
    words.setAttribute("aria-expanded", isOpen);
    mark(null);
  }

  function close() {
    list.hidden = true;
    words.setAttribute("aria-expanded", "false");
    status.textContent = "";
    mark(null);
  }

  function step(by) {
    if (list.hidden) return open();
    const all = [null, ...options()];
    mark(all.at((all.indexOf(marked()) + by) % all.length));
  }

  const keys = {
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    Enter: () => marked()?.click(),
    Escape: close,
  };
  words.addEventListener("keydown", (event) => {
    const isHandled = event.key.startsWith("Arrow") || (!list.hidden && (event.key === "Escape" || marked()));
    if (!(event.key in keys) || !isHandled || event.isComposing) return;
    event.preventDefault();
    keys[event.key]();
  });
  words.addEventListener("input", () => !words.value.trim() && close());
  form.addEventListener("focusout", ({ relatedTarget }) => !form.contains(relatedTarget) && close());
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays where it is
  list.addEventListener("click", (event) => {
    if (!event.target.closest("#suggestion-all") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    form.requestSubmit();
  });

  // A response that arrives after somebody has left the box opens nothing.
  form.addEventListener("htmx:afterSwap", () => {
    if (document.activeElement !== words) return;
    status.textContent = list.querySelector("template").dataset.said.trim();
    open();
  });
  form.addEventListener("htmx:responseError", (event) => {
    event.stopPropagation(); // shown here, not in a toast as well
    list.replaceChildren();
    close();
    status.textContent = parseHTML(event.detail.xhr.responseText).querySelector("p")?.textContent ?? "";
  });
}

// On the search page the address follows the form.
const page = document.getElementById("search");
if (page) document.addEventListener("htmx:afterSettle", remember); // also when the results were swapped, which are outside the form
if (page && location.search.includes("logged=")) remember();

function remember() {
  history.replaceState(null, "", `${location.pathname}?${new URLSearchParams(new FormData(page))}`);
}
