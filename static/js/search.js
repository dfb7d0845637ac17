// Search boxes: suggestions by keyboard, and telling the server what people look for and what they go on to.
const SETTLED_MS = 1500;
const parse = (html) => new DOMParser().parseFromString(html, "text/html");

for (const form of document.querySelectorAll("form[data-heard]")) {
  hear(form);
  if (form.querySelector(".suggestions")) suggest(form);
}

// A search counts once somebody stops typing; the page that Enter leads to is told so and does not count it again.
function hear(form) {
  const words = form.elements.q;
  const found = form.querySelector(".suggestions") ?? document.getElementById("main");
  let counted = words.value; // the page itself was a search already
  let timer;

  function tell(extra) {
    const token = form.dataset.token ?? found.querySelector("template")?.dataset.token;
    if (!token) return;
    const body = new URLSearchParams({ q: words.value, csrfmiddlewaretoken: token, ...extra });
    navigator.sendBeacon(form.dataset.heard, body);
  }

  function settle() {
    clearTimeout(timer);
    if (!words.value.trim() || words.value === counted) return;
    counted = words.value;
    tell({});
  }

  words.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(settle, SETTLED_MS);
  });
  form.addEventListener("submit", () => {
    clearTimeout(timer);
    form.elements.heard.disabled = words.value !== counted;
  });
  addEventListener("pageshow", () => (form.elements.heard.disabled = true));
  found.addEventListener("click", ({ target }) => {
    const chosen = target.closest("[data-chosen]")?.dataset.chosen;
    if (!chosen) return;
    clearTimeout(timer);
    tell(words.value === counted ? { chosen } : { chosen, searched: "1" });
    counted = words.value;
  });
}

// The pattern of a combobox: the focus stays in the box, and the arrows mark one of the list below it.
function suggest(form) {
  const words = form.elements.q;
  const list = form.querySelector(".suggestions");
  const said = form.querySelector(".suggestions-said");
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
    said.textContent = "";
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
    const isOurs = event.key.startsWith("Arrow") || (!list.hidden && (event.key === "Escape" || marked()));
    if (!(event.key in keys) || !isOurs || event.isComposing) return;
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

  // An answer that comes when somebody has left the box opens nothing.
  form.addEventListener("htmx:afterSwap", () => {
    if (document.activeElement !== words) return;
    said.textContent = list.querySelector("template").dataset.said.trim();
    open();
  });
  form.addEventListener("htmx:responseError", (event) => {
    event.stopPropagation(); // said here, and not in a toast too
    list.replaceChildren();
    close();
    said.textContent = parse(event.detail.xhr.responseText).querySelector("p")?.textContent ?? "";
  });
}

// On the search page the address follows what is typed.
const page = document.getElementById("search");
if (page) document.addEventListener("htmx:afterSettle", remember); // what was found is no part of the form
if (page && location.search.includes("heard=")) remember();

function remember() {
  history.replaceState(null, "", `${location.pathname}?${new URLSearchParams(new FormData(page))}`);
}
