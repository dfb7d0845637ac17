// A sound and a vibration that somebody turns on and off with a button of the page.
import { readSetting, writeSetting } from "./storage.js";

const SECONDS = 0.2;

// `key` names the setting in the browser's storage, `id` the button, and `hertz` is the pitch. `buzz` does nothing while
// it is off; `showButton` shows the button, which a swap may have replaced, as it is.
export function makeBuzzer({ key, id, hertz }) {
  let audio;
  const isOn = () => readSetting(key) === "yes";

  // Browsers allow sound only after a tap, and a finger that comes down is none yet.
  function unlock() {
    if (!isOn()) return;
    audio ??= new AudioContext();
    audio.resume();
  }

  function buzz() {
    if (!isOn()) return;
    navigator.vibrate?.([200, 100, 200]);
    if (audio?.state !== "running") return;
    const tone = audio.createOscillator();
    tone.frequency.value = hertz;
    tone.connect(audio.destination);
    tone.start();
    tone.stop(audio.currentTime + SECONDS);
  }

  function showButton() {
    const button = document.getElementById(id);
    if (!button) return;
    button.hidden = false;
    button.setAttribute("aria-pressed", isOn());
  }

  function toggle() {
    if (!writeSetting(key, isOn() ? "no" : "yes")) return;
    unlock();
    showButton();
    buzz();
  }

  document.addEventListener("click", ({ target }) => target.id === id && toggle());
  addEventListener("click", unlock, true);
  return { buzz, showButton };
}
