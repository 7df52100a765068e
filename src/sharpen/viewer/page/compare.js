"use strict";
(async () => {
  const { a, b, kinds } = document.getElementById("pair").dataset;
  const words = JSON.parse(kinds);
  const body = document.querySelector("#problems tbody");
  const disagree = document.getElementById("disagree");
  const headline = document.getElementById("headline");
  const path = (name) => encodeURIComponent(name).replaceAll("%2F", "/");
  const answers = await Promise.all([a, b].map((name) => fetch(`/api/run/${path(name)}`)));
  if (!answers.every((answer) => answer.ok)) {
    headline.textContent = "One of the runs cannot be read";
    return;
  }
  const [left, right] = (await Promise.all(answers.map((answer) => answer.json()))).map(
    (data) => new Map(data.problems.map((problem) => [problem.problem, problem])),
  );
  const common = [...left.keys()].filter((id) => right.has(id));
  const only = (one, other) => common.filter((id) => one.get(id).passed && !other.get(id).passed).length;
  headline.textContent = !common.length
    ? "The two runs have no problem in common"
    : `Of ${common.length} problems in both, ${only(left, right)} are solved only by ${a}, ` +
    `${only(right, left)} only by ${b}`;

  const says = (problem) => (problem.passed ? `solved, ${problem.passed} of ${problem.programs} pass` : `not solved, ${problem.kinds.map((one) => words[one]).join(", ") || "no program"}`);

  function show() {
    const rows = document.createDocumentFragment();
    for (const id of common) {
      const [one, other] = [left.get(id), right.get(id)];
      if (disagree.checked && Boolean(one.passed) === Boolean(other.passed)) continue;
      const row = document.createElement("tr");
      const link = document.createElement("a");
      link.href = `/problem/${path(a)}?id=${encodeURIComponent(id)}&with=${encodeURIComponent(b)}`;
      link.textContent = id;
      row.insertCell().append(link);
      for (const [name, problem] of [[a, one], [b, other]]) {
        const cell = row.insertCell();
        cell.dataset.label = name;
        cell.textContent = says(problem);
      }
      rows.append(row);
    }
    document.getElementById("empty").hidden = rows.childElementCount > 0 || !common.length;
    body.replaceChildren(rows);
  }

  disagree.addEventListener("change", show);
  show();
})();
