"use strict";
(() => {
  const list = document.getElementById("list");
  const search = document.getElementById("search");
  const keys = document.getElementById("keys");
  const matches = document.getElementById("matches");
  const filters = [...document.querySelectorAll("[data-filter]")];
  const bodies = () => [...list.tBodies];
  const visible = () => bodies().filter((body) => !body.hidden);
  const opener = (body) => body.querySelector(".open");
  const selects = [...document.querySelectorAll("[data-by]")];
  const cells = [...document.querySelectorAll(".cell")];
  const all = document.getElementById("all");
  const texts = new Map();
  let status = "";
  let cell = null;

  // A tree is drawn when it is first opened: a large run has thousands of them.
  function panel(body) {
    const row = document.createElement("tr");
    const cell = document.createElement("td");
    row.className = "panel";
    cell.colSpan = list.tHead.rows[0].cells.length;
    cell.innerHTML = document.getElementById(body.dataset.tree).textContent;
    // Prompts repeat each other: each text is in the file once per tree.
    for (const run of cell.querySelectorAll("section")) {
      const texts = new Map();
      for (const pre of run.querySelectorAll("[data-text]")) {
        const number = pre.dataset.text;
        if (texts.has(number)) pre.textContent = texts.get(number);
        else texts.set(number, pre.textContent);
      }
    }
    row.append(cell);
    body.append(row);
    return row;
  }

  function open(body, wanted) {
    const row = body.rows[1] || (wanted ? panel(body) : null);
    if (row) row.hidden = !wanted;
    body.classList.toggle("opened", wanted);
    opener(body).setAttribute("aria-expanded", String(wanted));
    if (wanted) history.replaceState(null, "", "#" + encodeURIComponent(body.dataset.name));
  }

  const MARKS = { add: "+", del: "-", same: " ", gap: "@@ " };

  function textOf(pre) {
    if (!pre.classList.contains("diff")) return pre.textContent;
    return [...pre.querySelectorAll("code > span")].map((l) => MARKS[l.className] + l.textContent).join("");
  }

  async function copy(button) {
    const pre = button.parentNode.querySelector("pre");
    try {
      await navigator.clipboard.writeText(textOf(pre));
      button.textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(pre);
      button.textContent = "Selected: press Ctrl+C";
    }
  }

  const isOpen = (body) => opener(body).getAttribute("aria-expanded") === "true";

  // What a problem's tree says, without its markup; made once, while nothing else happens or at a search.
  const ENTITIES = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&#34;": '"', "&#39;": "'" };

  const SLICE = 40; // ms: a search of a large page shows what it has, and goes on
  const unread = bodies().reverse();
  let going = 0;

  function read(body) {
    const markup = document.getElementById(body.dataset.tree).textContent;
    const text = markup.replace(/<[^>]*>/g, "").replace(/&(lt|gt|amp|#34|#39);/g, (name) => ENTITIES[name]);
    texts.set(body, text.toLowerCase());
  }

  function readFor(milliseconds) {
    const end = performance.now() + milliseconds;
    while (unread.length && performance.now() < end) read(unread.pop());
  }

  function prepare() {
    requestIdleCallback((time) => {
      readFor(time.timeRemaining() - 2);
      if (unread.length) prepare();
    });
  }

  const places = (name) => cell.dataset[name].split(" ").filter(Boolean);
  const has = (body, name, value) => body.dataset[name].split("|").includes(value);

  function fits(body, words, inCell) {
    return (
      (!status || has(body, "status", status)) &&
      selects.every((select) => !select.value || has(body, select.dataset.by, select.value)) &&
      (!inCell || inCell.has(body.dataset.tree.slice("tree-".length))) &&
      (!words || body.dataset.name.includes(words) || (texts.get(body) || "").includes(words))
    );
  }

  function narrow() {
    const words = search.value.trim().toLowerCase();
    clearTimeout(going);
    if (words) readFor(SLICE);
    const inCell = cell && new Set([...places("ahead"), ...places("behind")]);
    for (const body of bodies()) body.hidden = !fits(body, words, inCell);
    const shown = visible().length;
    const filtered = status || cell || words || selects.some((select) => select.value);
    const about = cell
      ? `: where ${cell.dataset.about} differs from i.i.d. sampling, better on ${places("ahead").length}, worse on ${places("behind").length}`
      : "";
    matches.textContent = filtered ? `${shown} of ${bodies().length} shown${about}` : "";
    if (words && unread.length) {
      matches.textContent += ", searching";
      going = setTimeout(narrow);
    }
    all.hidden = !filtered;
  }

  function choose(button) {
    cell = cell === button ? null : button;
    for (const other of cells) other.setAttribute("aria-pressed", String(other === cell));
    narrow();
    if (cell) document.getElementById("problems").scrollIntoView();
  }

  function showAll() {
    search.value = "";
    for (const select of selects) select.value = "";
    status = "";
    press(filters[0], filters);
    if (cell) choose(cell);
    narrow();
  }

  function sort(button) {
    const head = button.closest("th");
    const down = head.getAttribute("aria-sort") === "ascending";
    for (const other of list.tHead.querySelectorAll("th")) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    const value = (body) => body.rows[0].cells[Number(button.dataset.sort)].dataset.value;
    const order = (a, b) => {
      const [x, y] = [value(a), value(b)];
      const gap = Number(x) - Number(y);
      return Number.isNaN(gap) ? x.localeCompare(y) : gap;
    };
    list.append(...bodies().sort((a, b) => (down ? -order(a, b) : order(a, b))));
  }

  function move(step) {
    const shown = visible();
    if (!shown.length) return;
    const current = shown.findIndex((body) => body.contains(document.activeElement));
    const next = current < 0 ? (step > 0 ? 0 : shown.length - 1) : current + step;
    const body = shown[Math.max(0, Math.min(shown.length - 1, next))];
    opener(body).focus();
    body.rows[0].scrollIntoView({ block: "nearest" });
  }

  function press(button, group) {
    for (const other of group) other.setAttribute("aria-pressed", String(other === button));
  }

  list.addEventListener("click", (event) => {
    const head = event.target.closest("[data-sort]");
    if (head) return sort(head);
    const button = event.target.closest(".copy");
    if (button) return copy(button);
    const row = event.target.closest(".item");
    if (row) open(row.parentNode, !isOpen(row.parentNode));
  });
  for (const button of filters) {
    button.addEventListener("click", () => {
      status = button.dataset.filter;
      press(button, filters);
      narrow();
    });
  }
  for (const button of document.querySelectorAll("[data-show]")) {
    button.addEventListener("click", () => {
      const figure = button.closest("figure");
      press(button, figure.querySelectorAll("[data-show]"));
      for (const table of figure.querySelectorAll("[data-mode]")) {
        table.hidden = table.dataset.mode !== button.dataset.show;
      }
    });
  }
  for (const button of cells) button.addEventListener("click", () => choose(button));
  for (const select of selects) select.addEventListener("change", narrow);
  all.addEventListener("click", showAll);
  search.addEventListener("input", narrow);
  prepare();
  document.getElementById("help").addEventListener("click", () => keys.showModal());

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || keys.open) return;
    if (event.key === "Escape") {
      if (!all.hidden) {
        showAll();
      } else {
        visible().filter(isOpen).forEach((body) => open(body, false));
      }
      search.blur();
      return;
    }
    if (event.target === search) {
      if (event.key === "Enter") move(1);
      return;
    }
    const inList = list.contains(document.activeElement) && document.activeElement.matches(".open");
    const actions = {
      j: () => move(1),
      k: () => move(-1),
      "/": () => search.focus(),
      "?": () => keys.showModal(),
      t: sharpen.toggleTheme,
    };
    if (inList) {
      actions.ArrowDown = actions.j;
      actions.ArrowUp = actions.k;
    }
    if (actions[event.key]) {
      event.preventDefault();
      actions[event.key]();
    }
  });

  const decoded = (text) => {
    try {
      return decodeURIComponent(text);
    } catch (error) {
      return text; // an address that somebody typed or cut
    }
  };
  const asked = decoded(location.hash.slice(1));
  const tree = (asked.match(/^tree-\d+/) || [])[0];
  const linked = bodies().find((body) => (tree ? body.dataset.tree === tree : body.dataset.name === asked));
  if (linked) {
    open(linked, true);
    (document.getElementById(asked) || linked).scrollIntoView();
    if (tree) history.replaceState(null, "", "#" + asked);
  }
})();
