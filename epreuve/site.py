"""The pages of the course: theme furo, our palette and fonts, French everywhere.

Good defaults are set here, so that ``conf.py`` stays short; what a project sets in its
own ``conf.py`` always wins.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from .assets import serve_static
from .furo_french import speak_french, translate_navigation
from .home import setup_home
from .pictures import reserve_room

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.util.typing import ExtensionMetadata

LABELS = {
    "reading": "Lecture : environ {minutes} min",
    "report": "Signaler une erreur",
    "report-title": "[Erreur] {title}",
    "report-body": "Page : {page}\nVersion du cours : {version}\n\nCe que j’ai lu :\n\nCe que j’attendais :\n",
}

#: The corner of a table with titles on two sides; screen readers announce it as a header.
EMPTY_HEADER = re.compile(r'<th class="head( stub)?"></th>')

#: Fonts asked for before the style sheets name them, so that no line breaks twice → what in a page needs them.
EARLY_FONTS = {
    "fonts/epreuve-sans-normal.woff2": "<p",
    "fonts/epreuve-mono-400.woff2": "<code",
    "katex/fonts/KaTeX_Main-Regular.woff2": 'class="katex"',
    "katex/fonts/KaTeX_Math-Italic.woff2": "mathnormal",
}
#: A page opened from a file may not preload: its fonts are there at once anyway.
PRELOAD = """<script>if (location.protocol != "file:") for (const href of {fonts})
document.head.append(Object.assign(document.createElement("link"), {{ rel: "preload", as: "font", crossOrigin: "", href }}))</script>"""

WORDS_PER_MINUTE = 180  #: of a technical text, code included
WORDS_WORTH_SAYING = 250  #: shorter pages do not say how long they are

#: Set when ``conf.py`` does not.
DEFAULTS = {
    "html_theme": "furo",
    "html_copy_source": False,  # sources hold solutions and speaker notes
    "html_show_sourcelink": False,
    "html_show_sphinx": False,
    "html_use_index": False,
    "html_domain_indices": False,
    "pygments_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}

#: One accent, the blue of the figures (Okabe-Ito), darker or lighter where text needs it.
PALETTE = {
    #  name          light      dark
    "ep-ink": ("#1d2530", "#e2e6eb"),
    "ep-muted": ("#55606d", "#a5afbb"),
    "ep-paper": ("#ffffff", "#13171d"),
    "ep-tint": ("#f6f8fa", "#1b2129"),
    "ep-line": ("#dde3e9", "#323b46"),
    "ep-accent": ("#0069a6", "#6cb8ee"),
    "ep-accent-tint": ("#eaf4fa", "#16293a"),
    "ep-orange": ("#b04a00", "#f0935a"),
    "ep-orange-tint": ("#fdf3ec", "#2f2119"),
    "ep-green": ("#00704f", "#4fc9a0"),
    "ep-mark": ("#fbf3b0", "#564f12"),
}

#: What furo calls them.
FURO_VARIABLES = {
    "font-stack": '"Epreuve Sans", "Epreuve Sans Fallback", system-ui, sans-serif',
    "font-stack--monospace": '"Epreuve Mono", "Epreuve Mono Fallback", "DejaVu Sans Mono", monospace',
    "color-brand-primary": "var(--ep-accent)",
    "color-brand-content": "var(--ep-accent)",
    "color-brand-visited": "var(--ep-accent)",
    "color-foreground-primary": "var(--ep-ink)",
    "color-foreground-secondary": "var(--ep-muted)",
    "color-foreground-muted": "var(--ep-muted)",
    "color-foreground-border": "var(--ep-muted)",
    "color-background-primary": "var(--ep-paper)",
    "color-background-secondary": "var(--ep-tint)",
    "color-background-border": "var(--ep-line)",
    "color-inline-code-background": "var(--ep-tint)",
    "color-code-background": "var(--ep-tint)",
    "color-highlight-on-target": "var(--ep-accent-tint)",
    "color-sidebar-background": "var(--ep-tint)",
    "color-sidebar-link-text": "var(--ep-ink)",
    "color-sidebar-link-text--top-level": "var(--ep-ink)",
    "sidebar-caption-font-size": "0.8rem",
    "admonition-font-size": "0.95rem",
    "admonition-title-font-size": "0.95rem",
    "code-font-size": "0.84rem",
}


def set_defaults(app: Sphinx, config: Config) -> None:
    """Fill in what ``conf.py`` does not say."""
    chosen = {*config._raw_config, *config.overrides}  # no public way to ask
    for name, value in DEFAULTS.items():
        if name not in chosen:
            setattr(config, name, value)
    if "html_title" not in chosen:
        config.html_title = config.project
    config.html_theme_options = {**theme_options(), **config.html_theme_options}
    serve_static(app, config)


def theme_options() -> dict[str, object]:
    """Palette and fonts, in the words of furo."""
    return {
        "top_of_page_buttons": [],
        "light_css_variables": {**colours(0), **FURO_VARIABLES},
        "dark_css_variables": {**colours(1), **FURO_VARIABLES},
    }


def colours(scheme: int) -> dict[str, str]:
    """The palette for light (0) or dark (1)."""
    return {name: pair[scheme] for name, pair in PALETTE.items()}


class OneIdentifier(SphinxPostTransform):
    """furo wraps each table in a box that copies its identifiers: only the table keeps them."""

    formats = ("html",)
    default_priority = 510  # furo wraps at 500

    def run(self, **kwargs: object) -> None:
        for table in self.document.findall(nodes.table):
            if "table-wrapper" in table.parent["classes"]:
                table.parent["ids"] = []


# -- what we add to each page ----------------------------------------------------------


def complete_page(app: Sphinx, pagename: str, template: str, context: dict, doctree) -> None:
    """Our stylesheets and script, reading time, and the link to report an error."""
    if app.builder.name == "revealjs":
        return
    for file in ("epreuve/fonts.css", "epreuve/epreuve.css"):
        app.add_css_file(file)
    app.add_js_file("epreuve/site.js", loading_method="defer")
    context["favicon_url"] = context["pathto"]("_static/epreuve/favicon.svg", True)
    if doctree is None:
        return
    context["metatags"] += preload(context)
    context["body"] = EMPTY_HEADER.sub("<td></td>", reserve_room(context["body"], app))
    if pagename in getattr(app.env, "epreuve_objectives", {}):
        context["body"] = after_title(context["body"], reading_time(doctree))
    context["body"] += report_link(app, pagename, context)


def preload(context: dict) -> str:
    """A script that asks for the fonts of a page."""
    fonts = [context["pathto"](f"_static/epreuve/{name}", True) for name, sign in EARLY_FONTS.items() if sign in context["body"]]
    return PRELOAD.format(fonts=json.dumps(fonts))


def after_title(body: str, html: str) -> str:
    """Put some HTML just under the title of the page."""
    return re.sub(r"</h1>", lambda found: found[0] + html, body, count=1)


def reading_time(doctree: nodes.document) -> str:
    """« Lecture : environ 12 min », from the words and the code of the page."""
    words = sum(len(text.astext().split()) for text in doctree.findall(nodes.Text) if not looked_up(text))
    if words < WORDS_WORTH_SAYING:
        return ""
    text = LABELS["reading"].format(minutes=max(1, round(words / WORDS_PER_MINUTE)))
    return f'\n<p class="ep-reading">{text}</p>'


def looked_up(text: nodes.Node) -> bool:
    """Whether a text is in a table, a glossary or a drawing: nobody reads those from end to end."""
    while text := text.parent:
        if isinstance(text, (nodes.table, nodes.raw, addnodes.glossary)):
            return True
    return False


def report_link(app: Sphinx, pagename: str, context: dict) -> str:
    """« Signaler une erreur », page and version filled in; nothing without a repository."""
    repository = app.config.epreuve_repository.rstrip("/")
    if not repository:
        return ""
    title = re.sub(r"<.*?>", "", context.get("title", pagename))
    query = urlencode(
        {
            "title": LABELS["report-title"].format(title=title),
            "body": LABELS["report-body"].format(page=pagename, version=app.config.release),
        }
    )
    href = f"{repository}/issues/new?{query}".replace("&", "&amp;")
    return f'<p class="ep-report"><a href="{href}">{LABELS["report"]}</a></p>\n'


def setup(app: Sphinx) -> ExtensionMetadata:
    """Theme, words, home page, and what each page gains."""
    app.add_config_value("epreuve_repository", "", "html", str)
    app.connect("config-inited", set_defaults)
    app.connect("builder-inited", speak_french)
    app.connect("html-page-context", translate_navigation, priority=900)
    app.connect("html-page-context", complete_page)
    app.add_post_transform(OneIdentifier)
    setup_home(app)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
