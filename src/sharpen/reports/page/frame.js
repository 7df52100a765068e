"use strict";
// What every page has: the theme, tables that stack on a phone, regions that scroll, charts that are saved.
const sharpen = (() => {
  const root = document.documentElement;
  const KEY = "sharpen-theme";

  // A browser may refuse storage, for a file or in a private window: then the theme is not remembered.
  function remembered() {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null;
    }
  }

  function remember(theme) {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      return;
    }
  }

  if (remembered()) root.dataset.theme = remembered();

  function toggleTheme() {
    const dark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
    remember(root.dataset.theme);
  }

  // On a phone a row becomes a block, and each cell says its column.
  function stack(table) {
    const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent.trim());
    for (const body of table.tBodies) {
      for (const row of body.rows) {
        [...row.cells].forEach((cell, place) => {
          if (cell.tagName === "TD") cell.dataset.label = names[place];
        });
      }
    }
    table.classList.add("stacks");
  }

  // Who has no mouse scrolls a region by its focus.
  function focusable(region) {
    const scrolls = region.scrollWidth > region.clientWidth || region.scrollHeight > region.clientHeight;
    if (!scrolls) return;
    region.tabIndex = 0;
    region.setAttribute("role", "group");
    region.setAttribute("aria-label", "Scrolls sideways");
  }

  function chartOf(figure) {
    const drawing = figure.querySelector("template.drawing");
    return drawing ? drawing.content.querySelector("svg") : figure.querySelector("svg.wide");
  }

  function fileOf(figure) {
    const svg = chartOf(figure).cloneNode(true);
    svg.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    const style = document.createElementNS("http://www.w3.org/2000/svg", "style");
    style.textContent = document.getElementById("drawing-style").textContent;
    svg.prepend(style);
    return new Blob([new XMLSerializer().serializeToString(svg)], { type: "image/svg+xml" });
  }

  async function pixels(figure) {
    const [width, height] = ["width", "height"].map((name) => Number(chartOf(figure).getAttribute(name)));
    const image = new Image();
    image.src = URL.createObjectURL(fileOf(figure));
    await image.decode();
    const canvas = document.createElement("canvas");
    canvas.width = 2 * width;
    canvas.height = 2 * height;
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    URL.revokeObjectURL(image.src);
    return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
  }

  async function save(button) {
    const bar = button.closest(".save");
    const figure = bar.closest("figure, .figure");
    const kind = button.dataset.save;
    const data = bar.querySelector("template.csv").content.textContent;
    const blob =
      kind === "svg" ? fileOf(figure) : kind === "png" ? await pixels(figure) : new Blob([data], { type: "text/csv" });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${bar.dataset.name}.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }

  document.querySelectorAll("table.figures:not(.states)").forEach(stack);
  const regions = [...document.querySelectorAll(".scroll, .sheet, pre")];
  const watch = new ResizeObserver((entries) => entries.forEach((entry) => focusable(entry.target)));
  regions.forEach((region) => watch.observe(region));
  document.getElementById("theme").addEventListener("click", toggleTheme);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-save]");
    if (button) save(button);
  });
  return { toggleTheme };
})();
