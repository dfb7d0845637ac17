// Keeps the rows of a list that are on the screen where they are while rows around them come, go and change places.

// Where the rows are now: the ids of those above the screen and on it, and the tops of the latter, from the middle out.
export function readScreen(rows) {
  const placed = rows.map((row) => ({ id: row.id, ...row.getBoundingClientRect().toJSON() }));
  const seen = document.hidden ? [] : placed.filter(({ top, bottom, height }) => height && bottom > 0 && top < innerHeight);
  const above = seen.length ? placed.slice(0, placed.indexOf(seen[0])) : [];
  const tops = seen.toSorted((a, b) => Math.abs(a.top - innerHeight / 2) - Math.abs(b.top - innerHeight / 2));
  return { above: above.map(({ id }) => id), seen: seen.map(({ id }) => id), tops };
}

// Returns the sorted rows in the order in which they can be shown: those that were on the screen stay together.
export function holdStill(sorted, { above, seen }) {
  const rows = new Map(sorted.map((row) => [row.id, row]));
  const kept = seen.map((id) => rows.get(id)).filter(Boolean);
  const others = sorted.filter((row) => !kept.includes(row));
  const before = kept.length && above.filter((id) => rows.has(id)).length;
  return { kept, before: others.slice(0, before), after: others.slice(before) };
}

// Puts the rows into this order without touching those on the screen, so that focus and pressed buttons stay.
export function placeRows(list, { kept, before, after }) {
  const wanted = [...before, ...kept, ...after];
  if (wanted.every((row, place) => row === list.children[place])) return;
  const move = (row, next) => (list.moveBefore ? list.moveBefore(row, next) : list.insertBefore(row, next));
  for (const row of before) move(row, kept[0]);
  for (const row of after) move(row, null);
  for (const [place, row] of kept.entries()) {
    if (place && kept[place - 1].nextElementSibling !== row) move(row, kept[place - 1].nextElementSibling);
  }
}

// Scrolls by as much as the row has moved that is still there and was nearest to the middle of the screen.
export function scrollBack({ tops }) {
  const middle = tops.find(({ id }) => document.getElementById(id)?.offsetParent);
  if (!middle) return;
  const { top } = document.getElementById(middle.id).getBoundingClientRect();
  scrollBy({ top: top - middle.top, behavior: "instant" });
}

// A list that is being searched stays as high as it was, so that nothing below it jumps.
export function keepHeight(list, typed) {
  if (!typed.trim()) list.style.minHeight = "";
  else list.style.minHeight ||= `${list.offsetHeight}px`;
}
