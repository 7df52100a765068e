"use strict";
(() => {
  const { name, kinds: inWords } = document.getElementById("run").dataset;
  const words = JSON.parse(inWords);
  const path = encodeURIComponent(name).replaceAll("%2F", "/");
  const body = document.querySelector("#problems tbody");
  const search = document.getElementById("search");
  const status = document.getElementById("status");
  const kind = document.getElementById("kind");
  const field = (id) => document.getElementById(id);
  const number = (value) => value.toLocaleString("en");
  let problems = [];
  let found = null;
  let last = null;

  function cell(row, label, text, style = "") {
    const made = row.insertCell();
    made.dataset.label = label;
    made.className = style;
    made.textContent = text;
    return made;
  }

  function fits(problem) {
    const text = search.value.trim().toLowerCase();
    if (text && !problem.problem.toLowerCase().includes(text) && !(found && found.has(problem.problem))) return false;
    if (status.value === "solved" && !problem.passed) return false;
    if (status.value === "unsolved" && problem.passed) return false;
    if (status.value === "error" && !problem.kinds.includes("harness_error")) return false;
    return !kind.value || problem.kinds.includes(kind.value);
  }

  function show() {
    const shown = problems.filter(fits);
    const rows = document.createDocumentFragment();
    for (const problem of shown.slice(0, 2000)) {
      const row = document.createElement("tr");
      const link = document.createElement("a");
      link.href = `/problem/${path}?id=${encodeURIComponent(problem.problem)}`;
      link.textContent = problem.problem;
      cell(row, "problem", "").append(link);
      cell(row, "difficulty", problem.difficulty);
      cell(row, "pass", number(problem.passed), "n");
      cell(row, "programs", number(problem.programs), "n");
      cell(row, "tokens", number(problem.tokens), "n");
      cell(row, "verdicts", problem.kinds.map((one) => words[one]).join(", "));
      rows.append(row);
    }
    body.replaceChildren(rows);
    field("problems").classList.toggle("one-difficulty", !problems.some((problem) => problem.difficulty));
    field("matches").textContent = shown.length === problems.length ? "" : `${shown.length} of ${problems.length} shown`;
  }

  function draw(growth) {
    const [tokens, solved] = growth[growth.length - 1];
    const x = (value) => (620 * value) / Math.max(1, tokens) + 10;
    const y = (value) => 190 - (180 * value) / Math.max(1, solved);
    const line = document.createElementNS("http://www.w3.org/2000/svg", "polyline");
    const steps = growth.flatMap(([t, s], i) => (i ? [[t, growth[i - 1][1]], [t, s]] : [[t, s]]));
    line.setAttribute("points", steps.map(([t, s]) => `${x(t).toFixed(1)},${y(s).toFixed(1)}`).join(" "));
    field("curve").replaceChildren(line);
    field("most-solved").textContent = `${number(solved)} solved`;
    field("most-tokens").textContent = `${number(tokens)} tokens`;
  }

  function kinds() {
    const known = new Set(["passed", ...[...kind.options].map((option) => option.value)]);
    for (const one of new Set(problems.flatMap((problem) => problem.kinds))) {
      if (!known.has(one)) kind.add(new Option(words[one], one));
    }
  }

  function figures(state) {
    const text = `${name}: ${state.status}, ${number(state.solved)} of ${number(state.problems)} solved so far`;
    const headline = state.status === "finished" ? text.replace(" so far", "") : text;
    if (field("headline").textContent !== headline) field("headline").textContent = headline;
    field("solved").textContent = number(state.solved);
    field("share").textContent = state.finished ? `${((100 * state.solved) / state.problems).toFixed(1)} % of all problems` : "";
    field("finished").textContent = `${number(state.finished)}/${number(state.problems)}`;
    field("errors").textContent = state.errors ? `${state.errors} with an error` : "";
    field("tokens").textContent = number(state.tokens);
    const now = Date.now() / 1000;
    if (last && state.tokens > last.tokens) {
      field("rate").textContent = `${((state.tokens - last.tokens) / (now - last.at)).toFixed(1)} a second`;
    }
    if (!last || state.tokens > last.tokens) last = { tokens: state.tokens, at: now };
  }

  async function read() {
    const answer = await fetch(`/api/run/${path}`).catch(() => null);
    if (!answer || !answer.ok) {
      field("headline").textContent = `${name}: the viewer does not answer; is it still running?`;
    } else {
      const data = await answer.json();
      const before = JSON.stringify(problems);
      problems = data.problems;
      figures(data.state);
      if (before !== JSON.stringify(problems)) {
        draw(data.growth);
        kinds();
        if (!body.contains(document.activeElement)) show();
      }
    }
    setTimeout(read, document.hidden ? 10000 : 2000);
  }

  let typed = 0;
  search.addEventListener("input", async () => {
    const mine = ++typed;
    found = null;
    show();
    const text = search.value.trim();
    if (text.length < 2) return;
    const answer = await fetch(`/api/search/${path}?q=${encodeURIComponent(text)}`).catch(() => null);
    if (answer && answer.ok && mine === typed) {
      found = new Set((await answer.json()).problems);
      show();
    }
  });
  status.addEventListener("change", show);
  kind.addEventListener("change", show);
  field("filters").addEventListener("submit", (event) => event.preventDefault());
  read();
})();
