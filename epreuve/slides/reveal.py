"""What we ask of sphinx-revealjs, and what we mend in the reveal.js that it brings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from pygments.formatters import HtmlFormatter
from sphinx.util import logging
from sphinx_revealjs.utils import get_revealjs_path

from epreuve.assets import serve_static

from .deck import BUILDERS
from .labels import FRENCH, LABELS

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config

logger = logging.getLogger(__name__)

THEME = Path(__file__).parent / "theme"

#: Where text has room for 80 columns of code at 24 px. Slides are drawn at this size
#: and zoomed as a whole, so what fits here fits on every screen.
CONFIGURATION = """{
  width: 1280, height: 720, margin: 0, minScale: 0.1, maxScale: 6, center: false,
  hash: true, history: true, slideNumber: false, navigationMode: "linear", controlsTutorial: false,
  transition: "none", backgroundTransition: "none", pdfSeparateFragments: false, pdfMaxPagesPerSlide: 1,
  scrollActivationWidth: 600, scrollSnap: "proximity",
}"""
PLUGINS = {
    "RevealNotes": "revealjs/plugin/notes/notes.js",
    "RevealSearch": "revealjs/plugin/search/search.js",
    "RevealZoom": "revealjs/plugin/zoom/zoom.js",
    "EpreuveDeck": "epreuve/deck.js",
}
DEFAULTS = {
    "html_copy_source": False,  # the source holds the speaker's notes
    "html_show_sourcelink": False,
    "revealjs_html_theme": "epreuve-deck",
    "revealjs_style_theme": "epreuve/fonts.css",  # the looks are in deck.css, read last
    "revealjs_script_conf": CONFIGURATION,
    "revealjs_script_plugins": [{"name": name, "src": path} for name, path in PLUGINS.items()],
}
SCRIPTS = ("_static/epreuve/frame.js", "_static/epreuve/figures.js")  #: made for pages, that serve on slides too
DECK_CSS = "epreuve/deck.css"
PAGE_CSS = "epreuve/slides.css"
CODE_CSS = "epreuve/deck-code.css"  #: written at each build, from the Pygments styles
CODE_STYLES = {"": "a11y-high-contrast-light", ".sombre": "a11y-high-contrast-dark"}
#: Where its search asks deck.js what to look for, and where.
SEARCH = {
    'new RegExp("("+e+")","i")': 'new RegExp("("+EpreuveDeck.pattern(e)+")","i")',
    "!l.test(t.nodeName)": "!l.test(t.nodeName)&&!EpreuveDeck.isAround(t)",
}
SPEAKER_CSS = (
    "body{font-family:system-ui,sans-serif}.katex-html{display:none}"  # the window has no KaTeX: MathML only
    "#upcoming-slide .label,#speaker-layout{top:auto!important;bottom:10px}"  # they would hide the title
    ".speaker-controls-notes .value{font-size:1.35em}.value :is(ul,ol){padding-left:1.2em}"
)


def on_config_inited(app: Sphinx, config: Config) -> None:
    """Good decks by default; what ``conf.py`` says wins."""
    chosen = {*config._raw_config, *config.overrides}  # no public way to ask
    for name, value in DEFAULTS.items():
        if name not in chosen:
            setattr(config, name, value)
    if "revealjs_static_path" not in chosen:
        config.revealjs_static_path = list(config.html_static_path)
    serve_static(app, config)


def on_builder_inited(app: Sphinx) -> None:
    """Our style sheets; and the configuration as the author wrote it.

    sphinx-revealjs adds its folder to a list that Sphinx compares from one build to the next: every page would be
    read again each time.
    """
    if app.builder.name in BUILDERS:
        app.config.html_static_path = list(app.config.revealjs_static_path)
        app.config.revealjs_static_path = app.config.revealjs_static_path[:-1]
        app.builder.add_css_file(CODE_CSS)
        app.builder.add_css_file(DECK_CSS)


def on_html_page_context(app: Sphinx, pagename: str, template: str, context: dict, doctree: nodes.document | None) -> str | None:
    """Our template, its words, our style sheet last, and no script made for pages."""
    if app.builder.name not in BUILDERS or doctree is None:
        return None
    scripts = {*SCRIPTS, *(f"_static/{path}" for path, _ in app.config.revealjs_js_files)}
    context["script_files"] = [js for js in context["script_files"] if name_of(js) in scripts]
    sheets = [css for css in context["css_files"] if not name_of(css).endswith(PAGE_CSS)]
    context["css_files"] = sorted(sheets, key=lambda css: name_of(css).endswith(DECK_CSS))
    title = re.sub(r"<.*?>", "", context.get("title", ""))
    words = {name.removeprefix("key-"): words for name, words in LABELS.items() if name.startswith("key-")}
    context["deck"] = {"title": LABELS["deck-title"].format(title=title), "words": words}
    return "deck.html"


def name_of(asset: object) -> str:
    """The path of a style sheet or script, which Sphinx gives as an object or as text."""
    return str(getattr(asset, "filename", asset))


def on_build_finished(app: Sphinx, exception: Exception | None) -> None:
    """Make reveal.js speak French, and leave out what decks do not use."""
    if app.builder.name not in BUILDERS or exception:
        return
    static = Path(app.outdir, "_static")
    for path in sorted(static.glob("revealjs/**/*"), reverse=True):
        if path.is_file() and not is_used(path.relative_to(static).as_posix(), app.config):
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    for name, words in FRENCH.items():
        speak_french(static / "revealjs" / name, name, {**words, **(SEARCH if name.endswith("search.js") else {})})
    Path(static, CODE_CSS).write_text(code_css(app.config), encoding="utf-8")


def is_used(path: str, config: Config) -> bool:
    """Whether a deck reads this file of reveal.js."""
    plugins = {plugin["src"] for plugin in config.revealjs_script_plugins}
    theme = not config.revealjs_style_theme.endswith(".css") and path.startswith("revealjs/dist/theme/")
    return path in {"revealjs/dist/reveal.js", "revealjs/dist/reveal.css", "revealjs/LICENSE"} | plugins or theme


def speak_french(path: Path, name: str, words: dict[str, str]) -> None:
    """Write a file of reveal.js with our words; say which ones are not found any more."""
    if not path.exists():
        return
    text = (get_revealjs_path() / name).read_text(encoding="utf-8")
    for english, french in words.items():
        if english not in text:
            logger.warning(LABELS["untranslated"].format(words=english, file=name), type="epreuve", subtype="slide")
        text = text.replace(english, french)
    if name.endswith("notes.js"):
        text = text.replace("</style>", f"{SPEAKER_CSS}</style>", 1)
    path.write_text(text, encoding="utf-8")


def code_css(config: Config) -> str:
    """Colours of code, on light and on dark slides."""
    light = config.pygments_style or CODE_STYLES[""]
    styles = {**CODE_STYLES, "": light} if isinstance(light, str) and light != "default" else CODE_STYLES
    rules = (
        HtmlFormatter(style=style, nobackground=True).get_style_defs(f"{mode} .reveal .highlight".strip())
        for mode, style in styles.items()
    )
    return "\n".join(rules)
