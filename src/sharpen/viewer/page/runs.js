"use strict";
(() => {
  const body = document.querySelector("#runs tbody");
  const search = document.getElementById("search");
  const compare = document.getElementById("compare");
  const chosen = new Set();
  let runs = [];
  let now = 0;

  const number = (value) => value.toLocaleString("en");

  function ago(seconds) {
    for (const [size, unit] of [[86400, "d"], [3600, "h"], [60, "min"]]) {
      if (seconds >= size) return `${Math.round(seconds / size)} ${unit} ago`;
    }
    return `${Math.max(0, Math.round(seconds))} s ago`;
  }

  function cell(row, label, text, name = "") {
    const made = row.insertCell();
    made.dataset.label = label;
    made.className = name;
    made.textContent = text;
    return made;
  }

  function show() {
    const words = search.value.trim().toLowerCase();
    const fits = (run) => `${run.name} ${run.model} ${run.benchmark} ${run.method}`.toLowerCase().includes(words);
    const shown = runs.filter(fits).sort((a, b) => b.changed - a.changed);
    document.getElementById("matches").textContent = words ? `${shown.length} of ${runs.length} shown` : "";
    body.replaceChildren();
    for (const run of shown) {
      const row = body.insertRow();
      const box = document.createElement("input");
      box.type = "checkbox";
      box.checked = chosen.has(run.name);
      box.setAttribute("aria-label", `Choose ${run.name}`);
      box.addEventListener("change", () => {
        if (box.checked) chosen.add(run.name);
        else chosen.delete(run.name);
        compare.disabled = chosen.size !== 2;
      });
      row.insertCell().append(box);
      const link = document.createElement("a");
      link.href = `/run/${encodeURIComponent(run.name).replaceAll("%2F", "/")}`;
      link.textContent = run.name;
      cell(row, "run", "").append(link);
      cell(row, "state", run.message ? `${run.status}: ${run.message}` : run.status, `state-${run.status}`);
      cell(row, "method", run.method);
      cell(row, "benchmark", run.benchmark);
      cell(row, "model", run.model);
      cell(row, "problems", `${number(run.finished)}/${number(run.problems)}`, "n");
      cell(row, "solved", number(run.solved), "n");
      cell(row, "tokens", number(run.tokens), "n");
      cell(row, "changed", run.changed ? ago(now - run.changed) : "", "n");
    }
  }

  async function read() {
    const answer = await fetch("/api/runs").catch(() => null);
    const headline = document.getElementById("headline");
    if (!answer || !answer.ok) {
      headline.textContent = "The viewer does not answer: is it still running?";
    } else {
      ({ runs, now } = await answer.json());
      const running = runs.filter((run) => run.status === "running").length;
      const count = `${number(runs.length)} ${runs.length === 1 ? "run" : "runs"}, ${running} running`;
      const text = runs.length ? count : "No run is in this folder yet";
      for (const part of document.querySelectorAll("#choose, .scroll")) part.hidden = !runs.length;
      document.getElementById("empty").hidden = runs.length > 0;
      if (headline.textContent !== text) headline.textContent = text;
      if (!body.contains(document.activeElement)) show();
    }
    setTimeout(read, document.hidden ? 10000 : 2000);
  }

  search.addEventListener("input", show);
  compare.addEventListener("click", () => {
    const query = [...chosen].map((name) => `run=${encodeURIComponent(name)}`).join("&");
    location.href = `/compare?${query}`;
  });
  document.getElementById("choose").addEventListener("submit", (event) => event.preventDefault());
  read();
})();
