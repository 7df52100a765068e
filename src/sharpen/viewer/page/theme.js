"use strict";
(() => {
  const root = document.documentElement;
  const kept = localStorage.getItem("sharpen-theme");
  if (kept) root.dataset.theme = kept;
  document.addEventListener("DOMContentLoaded", () => {
    document.getElementById("theme").addEventListener("click", () => {
      const dark = root.dataset.theme
        ? root.dataset.theme === "dark"
        : matchMedia("(prefers-color-scheme: dark)").matches;
      root.dataset.theme = dark ? "light" : "dark";
      localStorage.setItem("sharpen-theme", root.dataset.theme);
    });
  });
})();
