// The theme: as the system prefers, until the user chooses one. The choice is kept in this browser.

import { $ } from "/dom.js";

const root = document.documentElement;
const prefersLight = matchMedia("(prefers-color-scheme: light)");

function show(theme) {
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
}

$("theme").addEventListener("click", () => {
  const light = (root.dataset.theme ?? (prefersLight.matches ? "light" : "dark")) === "light";
  show(light ? "dark" : "light");
  localStorage.setItem("theme", root.dataset.theme);
});

show(localStorage.getItem("theme"));
