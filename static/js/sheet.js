// The sheet over the page: one song as it concerns me, or the form for a suggestion. Without a script it is a page.
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
  sheet.append(toasts); // what lies under a sheet is neither seen nor read out
  body.querySelector("[autofocus]")?.focus();
});

// By its id: the element that opened the sheet may have been replaced meanwhile.
sheet.addEventListener("close", () => {
  document.body.append(toasts);
  body.replaceChildren();
  document.getElementById(opener)?.focus({ preventScroll: true });
});

sheet.addEventListener("click", ({ target }) => target === sheet && sheet.close());
document.addEventListener("jam:close", () => sheet.close());

// A form that asks again, with what was wrong, takes its own place although the status is that of a refusal.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const asksAgain = detail.xhr.status === 409 && detail.serverResponse.includes("data-answers");
  if (!asksAgain || !detail.requestConfig.elt.matches("[data-answers]")) return;
  detail.shouldSwap = true;
  detail.isError = false;
});
