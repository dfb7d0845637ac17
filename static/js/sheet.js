// The sheet over the page: one song with my parts, or the form for a suggestion. Without JavaScript it is a page.
const sheet = document.getElementById("sheet");
const body = document.getElementById("sheet-body");
const toasts = document.getElementById("toasts");
let opener;

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target === body && !sheet.open) opener = detail.elt.id;
});

document.addEventListener("htmx:afterSettle", () => {
  if (sheet.open || !body.childElementCount) return;
  sheet.showModal();
  sheet.append(toasts); // what lies under a modal sheet is neither visible nor announced
  body.querySelector("[autofocus]")?.focus();
});

// By its id: the element that opened the sheet may have been replaced in the meantime.
sheet.addEventListener("close", () => {
  document.body.append(toasts);
  body.replaceChildren();
  document.getElementById(opener)?.focus({ preventScroll: true });
});

sheet.addEventListener("click", ({ target }) => target === sheet && sheet.close());
document.addEventListener("jam:close", () => sheet.close());

// A form with error messages replaces itself, although its status is that of an error.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const hasErrors = detail.xhr.status === 409 && detail.serverResponse.includes("data-answers");
  if (!hasErrors || !detail.requestConfig.elt.matches("[data-answers]")) return;
  detail.shouldSwap = true;
  detail.isError = false;
});
