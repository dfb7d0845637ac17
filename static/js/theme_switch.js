// The switch for light and dark in the footer. A browser that stores nothing has none.
import { readSetting, writeSetting } from "./storage.js";

const THEME = "jamsite.theme"; // theme.js reads it
const theme = document.getElementById("theme");

if (theme && writeSetting(THEME, readSetting(THEME) ?? "")) {
  theme.value = readSetting(THEME);
  theme.disabled = false; // it had its place, so nothing moves
  theme.addEventListener("change", () => {
    writeSetting(THEME, theme.value);
    document.dispatchEvent(new CustomEvent("site:theme"));
  });
}
