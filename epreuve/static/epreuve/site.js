// What pages gain when JavaScript runs: copy buttons, keyboard access to what scrolls.
// Pages can be read without it.
"use strict";
(() => {
  const LABELS = {
    copy: "Copier",
    copied: "Copié",
    copyTitle: "Copier le code, sans les résultats attendus",
    __navigation: "Menu du cours",
    __toc: "Sommaire de la page",
  };
  const COPIED_FOR = 1600; // milliseconds
  const COPIABLE = ["python", "ipython3", "console", "bash", "shell", "toml", "yaml"]
    .map((language) => `.highlight-${language} .highlight`).join(",");
  const SCROLLABLE = "pre, .table-wrapper, .math-wrapper, div.math, .ep-html";

  // -- Copy ----------------------------------------------------------------------------

  const RESULT = /^#\s*[→≈]/; // what the code gives, which is no part of it
  const CONTINUED = /^#\s{2,}/; // its following lines are further to the right

  // Comments are found as Pygments marked them: a string that holds "# →" is left alone.
  const linesOf = (pre) => {
    pre.querySelectorAll(".c1").forEach((comment) => comment.prepend("\0"));
    return pre.textContent.trimEnd().split("\n").map((line) => line.split("\0"));
  };

  const withoutResults = (lines) => {
    const kept = [];
    let removing = false;
    for (const [code, comment = ""] of lines) {
      const alone = !code.trim();
      removing = RESULT.test(comment) || (removing && alone && CONTINUED.test(comment));
      if (!removing) kept.push(code + comment);
      else if (!alone) kept.push(code.trimEnd());
    }
    return kept;
  };

  const codeOf = (block) => {
    const pre = block.querySelector("pre").cloneNode(true);
    pre.querySelectorAll(".linenos").forEach((number) => number.remove());
    const lines = withoutResults(linesOf(pre));
    const commands = lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
    return (commands.length ? commands : lines).join("\n");
  };

  const copy = async (button, block) => {
    await navigator.clipboard.writeText(codeOf(block));
    button.textContent = LABELS.copied;
    button.classList.add("done");
    setTimeout(() => {
      button.textContent = LABELS.copy;
      button.classList.remove("done");
    }, COPIED_FOR);
  };

  const addCopyButton = (block) => {
    if (block.closest(".ep-output")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "ep-copy";
    button.textContent = LABELS.copy;
    button.title = LABELS.copyTitle;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", () => copy(button, block));
    block.append(button);
  };

  // -- Keyboard ------------------------------------------------------------------------

  // Only what does scroll stops the Tab key.
  const stopWhereItScrolls = (box) => {
    const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight + 1;
    if (scrolls && getComputedStyle(box).overflowX !== "visible") box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  };
  const scrollable = document.querySelectorAll(SCROLLABLE);
  const watchOverflow = new ResizeObserver((entries) => entries.forEach(({ target }) => stopWhereItScrolls(target)));

  // On narrow screens the side columns open from labels, which no key reaches: make them buttons.
  const makeButton = (label) => {
    const drawer = document.getElementById(label.htmlFor);
    const button = document.createElement("button");
    button.type = "button";
    button.className = label.className;
    button.setAttribute("aria-label", LABELS[label.htmlFor]);
    button.append(...label.childNodes);
    button.addEventListener("click", () => drawer.click());
    const tell = () => button.setAttribute("aria-expanded", drawer.checked);
    drawer.addEventListener("change", tell);
    tell();
    label.replaceWith(button);
  };

  const closeDrawers = () =>
    document.querySelectorAll(".sidebar-toggle:checked").forEach((drawer) => drawer.click());

  // The menu is longer than the screen: it opens where the reader is.
  const showPlace = () => {
    const [menu, here] = [".sidebar-scroll", ".current-page > .reference"].map((s) => document.querySelector(s));
    const hidden = here ? here.getBoundingClientRect().bottom - menu.getBoundingClientRect().bottom : 0;
    if (hidden > 0) menu.scrollTop += hidden + menu.clientHeight / 2;
  };

  showPlace();
  document.querySelectorAll(COPIABLE).forEach(addCopyButton);
  scrollable.forEach((box) => watchOverflow.observe(box));
  // A font that comes late widens what a box holds, not the box.
  document.fonts.addEventListener("loadingdone", () => scrollable.forEach(stopWhereItScrolls));
  document.querySelectorAll("label.nav-overlay-icon, label.toc-overlay-icon").forEach(makeButton);
  addEventListener("keydown", (event) => event.key === "Escape" && closeDrawers());
})();
