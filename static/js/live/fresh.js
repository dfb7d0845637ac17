// A button that has just appeared, or moved, is dead for a moment: the second tap of a double tap was meant for the button
// that stood there before.
const DEAD_MS = 1000;
const MOVED_PX = 16;
const deadUntil = new Map(); // id of the button -> the moment from which it works

// Returns where the buttons of `part` are, for `deaden`.
export const readPlaces = (part) =>
  new Map([...part.querySelectorAll("button[id]")].map((button) => [button.id, button.getBoundingClientRect()]).filter(([, { height }]) => height));

const isMoved = (before, now) => !before || Math.hypot(before.x - now.x, before.y - now.y) > MOVED_PX;

function wake() {
  for (const [id, until] of deadUntil) {
    if (until > performance.now()) continue;
    deadUntil.delete(id);
    document.getElementById(id)?.classList.remove("fresh");
  }
}

// Makes the buttons of `part` dead that were not at their place `before` the part was replaced.
export function deaden(part, before) {
  for (const [id, place] of readPlaces(part)) if (isMoved(before.get(id), place)) deadUntil.set(id, performance.now() + DEAD_MS);
  for (const id of deadUntil.keys()) document.getElementById(id)?.classList.add("fresh");
  setTimeout(wake, DEAD_MS + 1);
}
