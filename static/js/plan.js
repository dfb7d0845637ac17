// The form for a night: the fields of a new venue and of a list of songs show when they are wanted, the time zone of
// this browser is proposed, the times say whose clock they follow, and an end follows its start. Without this script all
// fields show.
const zone = document.querySelector("[data-zone]");
const venue = document.querySelector("select[name=venue]");
const place = document.querySelector("#new-venue");
const times = document.querySelector("[data-clock]");
const [start, end] = ["starts_at", "ends_at"].map((name) => document.querySelector(`input[name=${name}]`));

if (zone && !zone.value) {
  zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone ?? "";
}
for (const [choice, value, part] of [
  [venue, "new", place],
  [document.querySelector("select[name=songs_from]"), "list", document.querySelector("#song-list")],
]) {
  if (choice && part) {
    const show = () => {
      part.hidden = part.disabled = choice.value !== value;
    };
    choice.addEventListener("change", show);
    addEventListener("pageshow", show); // the browser restores the choice when one comes back
    show();
  }
}
if (times) {
  const say = () => {
    const chosen = venue?.selectedOptions[0]?.text.match(/\(([^()]+)\)$/)?.[1]; // "Blue Lantern (Europe/Berlin)"
    const name = chosen ?? zone?.value;
    for (const help of times.querySelectorAll(".field-help")) {
      help.textContent = name ? times.dataset.clock.replace("%(zone)s", name) : help.textContent;
    }
  };
  for (const field of [venue, zone]) {
    field?.addEventListener("change", say);
  }
  say();
}
if (start && end) {
  // The clocks of both fields are the venue's: as UTC, they differ by what they show, whatever this browser's zone is.
  const read = (input) => Date.parse(`${input.value}Z`);
  let length = read(end) - read(start);
  end.addEventListener("change", () => {
    length = read(end) - read(start);
  });
  start.addEventListener("change", () => {
    const moved = new Date(read(start) + length);
    if (length > 0 && !Number.isNaN(moved.getTime())) {
      end.value = moved.toISOString().slice(0, 16);
    }
  });
}
for (const form of document.querySelectorAll("form.plan")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) {
      event.preventDefault(); // a second tap would plan a second night
    }
    form.dataset.sent = "yes";
  });
  addEventListener("pageshow", () => {
    delete form.dataset.sent;
  });
}
