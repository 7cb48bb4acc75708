// Excerpts of the search page: around the first word found, accents ignored, words marked.
// Pages opened from a file cannot read one another: no excerpt there, and no error either.
"use strict";
(() => {
  const BEFORE = 50; // characters kept before the first word found
  const AFTER = 170;

  if (location.protocol === "file:") {
    DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
    document.documentElement.classList.add("ep-no-excerpts"); // no room is kept for them
  }

  // One character gives one character, so that positions stay the same.
  const foldLetter = (letter) => letter.normalize("NFD")[0].toLowerCase();
  const fold = (text) => Array.from(text, foldLetter).join("");

  const readableText = (html, anchor) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const main = page.querySelector('[role="main"]');
    const part = (anchor && page.getElementById(anchor.slice(1))) || main;
    part?.querySelectorAll(".headerlink, script, style, .katex-html, annotation, .ep-reading, .ep-report, h1").forEach((e) => e.remove());
    return (part?.textContent ?? "").replace(/\s+/g, " ").trim();
  };

  const wordsFound = (folded, stems) =>
    [...stems].flatMap((stem) => {
      const at = folded.search(new RegExp(`(?<![\\p{L}\\p{N}])${_escapeRegExp(fold(stem))}`, "u"));
      return at < 0 ? [] : [[at, at + (folded.slice(at).match(/^[\p{L}\p{N}_]+/u)?.[0].length ?? 0)]];
    }).sort(([a], [b]) => a - b);

  Search.makeSearchSummary = (html, stems, anchor) => {
    const text = readableText(html, anchor);
    if (!text) return null;
    const found = wordsFound(fold(text), stems);
    const start = text.lastIndexOf(" ", Math.max((found[0]?.[0] ?? 0) - BEFORE, 0)) + 1;
    const end = start + BEFORE + AFTER;
    const summary = document.createElement("p");
    summary.className = "context";
    let at = start;
    for (const [from, to] of found.filter(([from, to]) => from >= at && to <= end)) {
      if (from < at) continue;
      const mark = document.createElement("mark");
      mark.textContent = text.slice(from, to);
      summary.append(text.slice(at, from), mark);
      at = to;
    }
    summary.append(text.slice(at, end));
    if (start > 0) summary.prepend("… ");
    if (end < text.length) summary.append(" …");
    return summary;
  };
})();
