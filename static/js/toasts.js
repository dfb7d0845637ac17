// What the site has to say about a tap: shown for a while, announced, and closed by a button.
const SHOWN_MS = 7000;
const AT_MOST = 3;
const region = document.getElementById("toasts");
const trouble = document.getElementById("trouble"); // said when the answer holds no sentence of ours

function toastIn(html) {
  const found = new DOMParser().parseFromString(html, "text/html").querySelector(".toast");
  return document.importNode(found ?? trouble.content.querySelector(".toast"), true);
}

const show = (html) => region.append(toastIn(html));

function keep(toast) {
  toast.querySelector(".toast-close").addEventListener("click", () => toast.remove());
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, SHOWN_MS) : toast.remove());
  setTimeout(leave, SHOWN_MS);
}

// However it came: from here, or beside an answer of the server.
new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const node of addedNodes) if (node.matches?.(".toast")) keep(node);
  for (const toast of [...region.querySelectorAll(".toast")].slice(0, -AT_MOST)) toast.remove();
}).observe(region, { childList: true });

// A heart whose tap may pass later is not refused: hearts.js keeps it, in sight.
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (!detail.elt.matches(".heart.waiting")) show(detail.xhr.responseText);
});
// What asks by itself, such as the board, does so again; somebody who pressed a button wants to know.
for (const name of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(name, ({ detail }) => {
    if (detail.elt.matches("form, a")) show("");
  });
}
document.addEventListener("jam:refused", ({ detail }) => show(detail));
