// What a desk can do beyond a plain form: keys, a result that follows the answers, a guard against losing them.
"use strict";
(() => {
  const WAIT = 150;
  const URGENT = "Contact a clinician now: ";
  const root = document.documentElement;
  const desk = document.querySelector("form[data-live]");
  let changed = false;
  let asking = null;
  let timer = 0;

  const field = (question) => question.querySelector("input:checked") || question.querySelector("input, select");
  const shown = (element) => element.getClientRects().length > 0;

  // The result beside the questions.

  const replace = (id, fresh) => {
    const old = document.getElementById(id);
    if (old.innerHTML !== fresh.innerHTML) old.innerHTML = fresh.innerHTML;
  };

  const fail = (said) => {
    document.getElementById("outcome").textContent = said;
    for (const id of ["links", "rest"]) document.getElementById(id).textContent = "";
  };

  const keep = (result) => {
    const emergency = "emergency" in result.dataset;
    if (!emergency && "part" in desk.dataset) return desk.requestSubmit();
    const kept = result.dataset.keep.split(" ");
    for (const question of desk.querySelectorAll(".question")) question.hidden = emergency && !kept.includes(question.id);
    for (const block of desk.querySelectorAll(".block")) block.hidden = !block.querySelector(".question:not([hidden])");
    for (const part of document.querySelectorAll(".case, .intro, .troubles, .asks")) part.hidden = emergency;
    document.querySelector(".stop").hidden = !emergency;
    document.title = document.title.replace(URGENT, "");
    if (emergency) document.title = URGENT + document.title;
    return undefined;
  };

  const show = (text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("result");
    if (!fresh) throw new Error("no result");
    const result = document.getElementById("result");
    const alarm = document.getElementById("alarm");
    const before = alarm.innerHTML;
    const ended = "emergency" in result.dataset && !("emergency" in fresh.dataset);
    result.toggleAttribute("data-emergency", "emergency" in fresh.dataset);
    for (const id of ["alarm", "outcome", "links", "rest"]) replace(id, fresh.querySelector("#" + id));
    keep(fresh);
    // A sign is seen wherever it was reported; once it is taken back, so is the question that it was reported in.
    const seen = alarm.textContent.trim() && !ended ? alarm : document.activeElement.closest(".question");
    if (alarm.innerHTML !== before && seen) seen.scrollIntoView({ block: "nearest" });
  };

  const ask = async () => {
    if (asking) asking.abort();
    const mine = (asking = new AbortController());
    const result = document.getElementById("result");
    try {
      const body = new URLSearchParams(new FormData(desk));
      const answer = await fetch(desk.dataset.live, { method: "POST", body, signal: mine.signal });
      const text = await answer.text();
      if (mine !== asking) return;
      if (answer.status === 401) fail(desk.dataset.shut);
      else show(text);
    } catch {
      if (mine === asking) fail(desk.dataset.failed);
    }
    if (mine === asking) result.removeAttribute("aria-busy");
  };

  if (desk) {
    desk.addEventListener("change", () => {
      document.getElementById("result").setAttribute("aria-busy", "true");
      clearTimeout(timer);
      timer = setTimeout(ask, WAIT);
    });
  }

  // Keys: a number or a letter answers the question that has the focus.

  const choose = (radio) => {
    radio.focus();
    if (!radio.checked) radio.click();
  };

  const called = (radio) => (radio.value === "unknown" ? radio.value : radio.labels[0].textContent.trim().toLowerCase());

  const pick = (radios, key) => {
    if (/^[1-9]$/.test(key)) return radios.find((radio) => radio.value === key) || radios[Number(key) - 1];
    if (key === "?") return radios.find((radio) => radio.value === "unknown");
    if (!/^[a-z]$/.test(key)) return undefined;
    const fitting = radios.filter((radio) => called(radio).startsWith(key));
    const at = fitting.findIndex((radio) => radio.checked);
    return fitting[(at + 1) % fitting.length];
  };

  const goOn = (here) => {
    const stops = [...desk.querySelectorAll(".code, .question")].filter(shown);
    const next = stops[stops.indexOf(here) + 1];
    const button = () => [...desk.querySelectorAll(".actions button:not(.minor)")].find(shown);
    const target = !next ? button() : next.matches(".code") ? next.querySelector("input") : field(next);
    target.focus();
    target.closest(".code, .question, .actions").scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || !target.closest) return;
    if (desk && key === "Enter" && target.matches(".code input")) {
      event.preventDefault();
      goOn(target.closest(".code"));
      return;
    }
    const question = target.closest(".question");
    if (!question || !target.matches("input[type=radio], select[name^='answer.']")) return;
    if (key === "Enter" && (desk || target.type !== "radio")) {
      event.preventDefault();
      if (desk) goOn(question);
      else target.form.requestSubmit();
      return;
    }
    if (target.type !== "radio") return;
    const radios = [...question.querySelectorAll(".choice input")];
    if (key === "Delete" || key === "Backspace") {
      const clear = radios.find((radio) => radio.value === "");
      if (clear && shown(clear) && radios.some((radio) => radio.checked)) choose(clear);
      return;
    }
    const picked = pick(radios.filter((radio) => radio.value), key.toLowerCase());
    if (picked) {
      event.preventDefault();
      choose(picked);
    }
  });

  // Answers stand in this page alone: leaving it without a form is asked about.

  for (const form of document.querySelectorAll("form[data-live], form[data-guard]")) {
    changed = changed || [...form.querySelectorAll("[name^='answer.']")].some(
      (input) => (input.type === "radio" ? input.checked && input.value : input.value),
    );
    form.addEventListener("change", () => { changed = true; });
    const saves = form.querySelectorAll("[formaction$='/save']");
    form.addEventListener("submit", (event) => {
      changed = false;
      if (saves.length === 1 && event.submitter === saves[0]) return; // all of it is in the file
      setTimeout(() => { changed = true; }, 1000); // still here: what was sent for was a file
    });
  }
  window.addEventListener("beforeunload", (event) => {
    if (changed) event.preventDefault();
  });

  // A page that comes back from the browser's memory may show other answers than its result speaks of.
  window.addEventListener("pageshow", (event) => { if (desk && event.persisted) ask(); });

  root.classList.add("js");
  for (const part of document.querySelectorAll(".keys, .print")) part.hidden = false;
  for (const button of document.querySelectorAll(".print")) button.addEventListener("click", () => window.print());

  // Whatever leads to a question leads to its answer.
  const enter = (part) => {
    if (part.matches(".question")) field(part).focus({ preventScroll: true });
  };
  document.addEventListener("focusin", (event) => enter(event.target));
  enter(document.activeElement);
})();
