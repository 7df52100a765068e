"use strict";
(() => {
  const form = document.getElementById("explain");
  const text = document.getElementById("text");
  const kind = document.getElementById("kind");
  const saved = document.getElementById("saved");
  let seconds = Number(form.dataset.seconds);
  let timer = 0;

  // Time counts while the page is in front.
  setInterval(() => {
    if (!document.hidden && document.hasFocus()) seconds += 1;
  }, 1000);

  async function save(finish) {
    clearTimeout(timer);
    const body = JSON.stringify({ text: text.value, kind: kind.value, seconds, finish });
    const answer = await fetch(form.dataset.save, { method: "POST", body, keepalive: true }).catch(() => null);
    if (answer && answer.ok) {
      saved.textContent = "saved";
      return true;
    }
    const reason = answer && answer.status === 422 ? (await answer.json()).error : "the server does not answer; trying again";
    saved.textContent = `not saved: ${reason}`;
    if (!answer) timer = setTimeout(() => save(false), 3000);
    return false;
  }

  function later() {
    saved.textContent = "…";
    clearTimeout(timer);
    timer = setTimeout(() => save(false), 400);
  }

  text.addEventListener("input", later);
  kind.addEventListener("change", later);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) save(false);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await save(true)) location.href = form.dataset.next;
  });
})();
