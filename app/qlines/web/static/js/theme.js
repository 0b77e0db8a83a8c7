// The button that goes through system, light and dark; Tabler's own script applies it on the next load.
const THEMES = ["auto", "light", "dark"];
const KEY = "tabler-theme"; // Tabler's name
const dark = window.matchMedia("(prefers-color-scheme: dark)");
const button = document.getElementById("theme-button");

function chosen() {
  try {
    return localStorage.getItem(KEY) ?? "auto";
  } catch {
    return "auto"; // storage is forbidden: follow the system
  }
}

function apply(theme) {
  const isDark = theme === "dark" || (theme === "auto" && dark.matches);
  document.documentElement.toggleAttribute("data-bs-theme", isDark);
  if (isDark) document.documentElement.setAttribute("data-bs-theme", "dark");
  if (button) button.textContent = { auto: "Theme: system", light: "Theme: light", dark: "Theme: dark" }[theme];
  document.dispatchEvent(new Event("theme-changed"));
}

apply(chosen());
dark.addEventListener("change", () => apply(chosen()));
button?.addEventListener("click", () => {
  const next = THEMES[(THEMES.indexOf(chosen()) + 1) % THEMES.length];
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // It holds for this page at least.
  }
  apply(next);
});
