// What the site has to say about a tap that it refused: shown for a while, announced, and closed by a button.
const SHOWN_MS = 7000;
const region = document.getElementById("toasts");
const trouble = document.getElementById("trouble"); // said when the answer holds no sentence of ours

function toastIn(html) {
  const found = new DOMParser().parseFromString(html, "text/html").querySelector(".toast");
  return document.importNode(found ?? trouble.content.querySelector(".toast"), true);
}

function show(html) {
  const toast = toastIn(html);
  toast.querySelector(".toast-close").addEventListener("click", () => toast.remove());
  region.append(toast);
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, SHOWN_MS) : toast.remove());
  setTimeout(leave, SHOWN_MS);
}

// A heart whose tap may pass later is not refused: hearts.js keeps it, in sight.
document.addEventListener("htmx:responseError", ({ detail }) => {
  if (!detail.elt.matches(".heart.waiting")) show(detail.xhr.responseText);
});
document.addEventListener("jam:refused", ({ detail }) => show(detail));
