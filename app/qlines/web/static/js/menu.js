// Menus made of <details>: Escape and a click elsewhere close them, as people expect.

/** Let every menu of the page close by Escape, a click elsewhere, or a click on what has data-closes. */
export function wireMenus() {
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector(".qlines-menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", ({ target }) => {
    for (const menu of document.querySelectorAll(".qlines-menu[open]")) {
      if (!menu.contains(target) || target.closest("[data-closes]")) menu.open = false;
    }
  });
}
