/* Quizzes, misconceptions and definitions. The page can be read without this file. */
(() => {
  "use strict";

  /** What is read aloud of an element: formulas once, not twice. */
  function spoken(element) {
    const copy = element.cloneNode(true);
    copy.querySelectorAll("[aria-hidden=true]").forEach((part) => part.remove());
    return copy.textContent.replace(/\s+/g, " ").trim();
  }

  /** Show a status of the group; `feedbacks` are added for screen readers only. */
  function say(group, state, feedbacks) {
    const status = group.querySelector(".ep-status");
    if (!status) return;
    const words = document.createElement("span");
    words.className = "ep-spoken";
    words.textContent = " " + feedbacks.map(spoken).join(" ");
    status.dataset.state = state;
    status.replaceChildren(group.dataset[state] || "", words);
  }

  function feedbackOf(input) {
    return [...input.parentElement.children].find((part) => part.matches(".ep-feedback"));
  }

  /** The state of the answers: empty, wrong, partial or right. */
  function judge(inputs) {
    const chosen = inputs.filter((input) => input.checked);
    if (!chosen.length) return "empty";
    if (chosen.some((input) => input.dataset.answer === "wrong")) return "wrong";
    const missed = inputs.some((input) => input.dataset.answer === "right" && !input.checked);
    return missed ? "partial" : "right";
  }

  function setUpQuiz(quiz) {
    const inputs = [...quiz.querySelectorAll("input[data-answer]")];
    const button = quiz.querySelector(".ep-check button");
    if (!button) return;
    quiz.dataset.ready = "";
    quiz.addEventListener("change", () => {
      delete quiz.dataset.checked;
      quiz.querySelector(".ep-status").replaceChildren();
    });
    button.addEventListener("click", () => {
      quiz.dataset.checked = "";
      const chosen = inputs.filter((input) => input.checked);
      say(quiz, judge(inputs), chosen.map(feedbackOf).filter(Boolean));
    });
  }

  function setUpMisconception(group) {
    group.addEventListener("change", ({ target }) => {
      const feedback = feedbackOf(target);
      if (feedback) say(group, target.dataset.answer, [feedback]);
    });
  }

  /** Keep the definition inside the window; Escape hides it. */
  function setUpTerm(term) {
    const tip = term.querySelector(".ep-tip");
    if (!tip) return;
    const place = () => {
      delete term.dataset.dismissed;
      tip.style.removeProperty("--fr-shift");
      const excess = tip.getBoundingClientRect().right - document.documentElement.clientWidth + 12;
      if (excess > 0) tip.style.setProperty("--fr-shift", `${-excess}px`);
    };
    term.addEventListener("pointerenter", place);
    term.addEventListener("focusin", place);
  }

  function dismissDefinitions(event) {
    if (event.key !== "Escape") return;
    document.querySelectorAll(".ep-term:is(:hover, :focus-within)").forEach((term) => {
      term.dataset.dismissed = "";
    });
  }

  /** In a deck, keys pressed in a box belong to it, those of a clicker to the deck. */
  function shareKeys(box) {
    box.addEventListener("keydown", (event) => {
      if (["PageUp", "PageDown", "Escape"].includes(event.key)) event.target.blur();
      else if ([" ", "Enter"].includes(event.key)) event.stopPropagation();
    });
    box.addEventListener("pointerup", ({ target }) => {
      if (target.closest("input, label, summary, button")) setTimeout(() => document.activeElement.blur());
    });
  }

  function start() {
    document.querySelectorAll("fieldset.ep-frame.quiz").forEach(setUpQuiz);
    document.querySelectorAll("fieldset.ep-frame.misconception").forEach(setUpMisconception);
    document.querySelectorAll(".ep-term").forEach(setUpTerm);
    document.querySelectorAll(".reveal .ep-frame").forEach(shareKeys);
    document.addEventListener("keydown", dismissDefinitions);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
