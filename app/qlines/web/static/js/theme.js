// The button that cycles through system, light and dark; on the next load Tabler's script applies it.
const LABELS = { auto: "Theme: system", light: "Theme: light", dark: "Theme: dark" };
const THEMES = Object.keys(LABELS);
const KEY = "tabler-theme"; // Tabler's name
const systemDark = window.matchMedia("(prefers-color-scheme: dark)");
const button = document.getElementById("theme-button");

function chosen() {
  try {
    return localStorage.getItem(KEY) ?? "auto";
  } catch {
    return "auto"; // storage is blocked
  }
}

function apply(theme) {
  const isDark = theme === "dark" || (theme === "auto" && systemDark.matches);
  document.documentElement.toggleAttribute("data-bs-theme", isDark);
  if (isDark) document.documentElement.setAttribute("data-bs-theme", "dark");
  if (button) button.textContent = LABELS[theme];
  document.dispatchEvent(new Event("theme-changed"));
}

function chooseNext() {
  const next = THEMES[(THEMES.indexOf(chosen()) + 1) % THEMES.length];
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Storage is blocked: the choice is lost with this page.
  }
  apply(next);
}

apply(chosen());
systemDark.addEventListener("change", () => apply(chosen()));
button?.addEventListener("click", chooseNext);
