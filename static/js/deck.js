// Puts the songs on deck, and the bands in the running order, in order by dragging them. They are moved as the button
// "Move up" would, which is what keyboards and screen readers use, so it waits for a network, can be undone and is
// refused in the same way.
import { live } from "./live/socket.js";

let drag; // the row that a finger holds, and how the rows were before: {row, rows, pointer}

const part = () => live.querySelector("[data-order]");
const middleOf = (row) => {
  const { top, height } = row.getBoundingClientRect();
  return top + height / 2;
};

// The neighbours move, not the row: one that left the page for a moment would lose the finger.
function follow({ clientY, pointerId }) {
  if (pointerId !== drag?.pointer) return;
  const { row } = drag;
  for (let next; (next = row.nextElementSibling) && clientY > middleOf(next); ) row.before(next);
  for (let previous; (previous = row.previousElementSibling) && clientY < middleOf(previous); ) row.after(previous);
}

function putBack({ row, rows }) {
  const place = rows.indexOf(row);
  row.before(...rows.slice(0, place));
  row.after(...rows.slice(place + 1));
}

function letGo() {
  const held = drag;
  held?.row.classList.remove("dragging");
  drag = undefined;
  return held;
}

function drop({ pointerId }) {
  if (pointerId !== drag?.pointer) return;
  const held = letGo();
  const place = [...held.row.parentElement.children].indexOf(held.row);
  if (!held.row.isConnected || place === held.rows.indexOf(held.row)) return catchUp();
  const field = held.row.querySelector("[name=place]"); // the button itself, or beside it in a form
  const button = field.matches("button") ? field : field.form.querySelector("button");
  const heard = ({ detail }) => {
    if (detail.elt !== button && detail.elt !== button.form) return;
    document.removeEventListener("htmx:afterRequest", heard);
    if (!detail.successful && held.row.isConnected) putBack(held);
  };
  document.addEventListener("htmx:afterRequest", heard);
  field.value = place + 1;
  button.click();
}

function cancel() {
  const held = letGo();
  if (!held) return;
  if (held.row.isConnected) putBack(held);
  catchUp();
}

// What was on its way when the drag began.
function catchUp() {
  htmx.trigger(part(), "jam:changed");
}

live.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest(".host-grip");
  if (!grip || drag || event.button) return;
  event.preventDefault(); // no text is selected
  htmx.trigger(part(), "htmx:abort"); // nothing is replaced under the finger
  grip.setPointerCapture(event.pointerId);
  const row = grip.closest("li");
  row.classList.add("dragging");
  drag = { row, rows: [...row.parentElement.children], pointer: event.pointerId };
});
live.addEventListener("pointermove", follow);
live.addEventListener("pointerup", drop);
live.addEventListener("pointercancel", cancel);
document.addEventListener("keydown", ({ key }) => key === "Escape" && cancel());
