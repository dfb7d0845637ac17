// Light or dark: what somebody has chosen in this browser, else what the device prefers. Not a module, so that it runs
// before anything is drawn; theme_switch.js is the switch for it.
{
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colours = { light: "#faf6f0", dark: "#120c1a" }; // --night

  const applyTheme = () => {
    let chosen;
    try {
      chosen = localStorage.getItem("jamsite.theme");
    } catch {} // a browser that stores nothing
    const theme = chosen in colours ? chosen : dark.matches ? "dark" : "light";
    document.documentElement.dataset.theme = theme;
    document.querySelector("meta[name=theme-color]").content = colours[theme];
  };

  applyTheme();
  dark.addEventListener("change", applyTheme);
  addEventListener("storage", applyTheme); // chosen in another tab
  document.addEventListener("site:theme", applyTheme);
}
