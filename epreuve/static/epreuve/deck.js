/* A reveal.js plugin: slides that fit, code step by step, keys of the course. */

window.EpreuveDeck = () => {
  const DENSITIES = ["", "dense", "tres-dense"];
  const SMALLEST_PICTURE = 200; // pixels, under which it is better to write smaller

  /* Fit: the first density at which nothing sticks out. Slides are measured all at once, before they are laid out. */
  const fit = async (deck) => {
    const root = deck.getRevealElement();
    const folded = [...root.querySelectorAll("details:not([open])")]; // an answer must fit once it is shown
    root.classList.add("ep-measure");
    for (const box of folded) box.open = true;
    root.getBoundingClientRect(); // asks for the fonts
    await Promise.allSettled([...root.querySelectorAll(".ep-sheet img")].map((image) => image.decode()));
    await document.fonts.ready;
    let sheets = [...root.querySelectorAll(".ep-sheet")];
    for (const density of DENSITIES) {
      for (const sheet of sheets) sheet.dataset.density = density;
      sheets = sheets.filter(overflows);
    }
    for (const box of folded) box.open = false;
    root.classList.remove("ep-measure");
  };

  const overflows = (sheet) => {
    const limit = sheet.getBoundingClientRect().bottom + 1;
    const sticksOut = (element) => !element.closest(".katex, aside.notes") && element.getBoundingClientRect().bottom > limit;
    const isCut = (pre) => pre.scrollWidth > pre.clientWidth + 1;
    // In pixels of the slide, whatever the screen; a picture that is short by itself is not tiny.
    const isTiny = (image) => image.clientHeight < Math.min(SMALLEST_PICTURE, 1.2 * image.naturalHeight || SMALLEST_PICTURE);
    return (
      [...sheet.querySelectorAll("*")].some(sticksOut) ||
      [...sheet.querySelectorAll("pre")].some(isCut) ||
      [...sheet.querySelectorAll("figure img, .ep-sheet > img")].some(isTiny)
    );
  };

  /* Steps: mark the lines of the last step shown. */
  const showSteps = (slide) => {
    for (const block of slide?.querySelectorAll(".ep-steps") ?? []) {
      const shown = [...block.querySelectorAll(".ep-step.visible")].pop() ?? block;
      const lines = linesOf(shown.dataset.lines).map((line) => `${block.dataset.name}-${line}`);
      for (const span of block.querySelectorAll(`[id^="${block.dataset.name}-"]`)) span.classList.toggle("ep-now", lines.includes(span.id));
    }
  };

  const linesOf = (step) =>
    step.split(",").flatMap((part) => {
      const [first, last = first] = part.split("-").map(Number);
      return Array.from({ length: last - first + 1 }, (_, index) => first + index);
    });

  /* Dark slides, also after a reload and in the window of the speaker. */
  const toggleDark = () => {
    const dark = document.documentElement.classList.toggle("sombre");
    const others = location.search.slice(1).split("&").filter((part) => part && part !== "sombre");
    const query = [...others, ...(dark ? ["sombre"] : [])].join("&");
    history.replaceState(history.state, "", location.pathname + (query && `?${query}`) + location.hash);
  };

  const openCourse = (deck) => location.assign(deck.getCurrentSlide().querySelector(".ep-course").href);

  const addKeys = (deck, words) => {
    deck.addKeyBinding({ keyCode: 68, key: "D", description: words.dark }, toggleDark);
    deck.addKeyBinding({ keyCode: 67, key: "C", description: words.course }, () => openCourse(deck));
    deck.registerKeyboardShortcut(words["zoom-how"], words.zoom);
    document.addEventListener("keydown", (event) => {
      const known = event.keyCode === 191 || event.keyCode === 63; // reveal.js knows « ? » where QWERTY has it
      if (event.key === "?" && !known && event.target === document.body) deck.toggleHelp();
    });
  };

  return {
    id: "epreuve",
    async init(deck) {
      const config = deck.getConfig();
      const { words, scrollActivationWidth } = config;
      config.scrollActivationWidth = null; // reveal.js 5.2 would scroll before it is ready, and fail
      addKeys(deck, words);
      deck.on("ready", () => {
        config.scrollActivationWidth = scrollActivationWidth;
        deck.layout();
        showSteps(deck.getCurrentSlide());
      });
      deck.on("slidechanged", () => showSteps(deck.getCurrentSlide()));
      deck.on("fragmentshown", () => showSteps(deck.getCurrentSlide()));
      deck.on("fragmenthidden", () => showSteps(deck.getCurrentSlide()));
      await fit(deck);
    },
  };
};

/* Search, which reveal.js does letter by letter: « reseau » finds « réseau », signs stand for themselves,
   and what surrounds the content of a slide is not searched. */
{
  const LETTERS = { a: "[aàâä]", c: "[cç]", e: "[eéèêë]", i: "[iîï]", o: "[oôö]", u: "[uùûü]", y: "[yÿ]", "'": "['’]", "’": "['’]", " ": "\\s" };
  const folded = (words) => words.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("œ", "oe");

  window.EpreuveDeck.pattern = (words) =>
    folded(words)
      .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
      .replace(/oe|[aceiouy'’ ]/g, (letter) => LETTERS[letter] ?? `(?:œ|${LETTERS.o}${LETTERS.e})`);

  window.EpreuveDeck.isAround = (node) => node.matches?.(".ep-foot, .controls, .searchbox, .r-overlay, .katex, .ep-data, aside");
}
