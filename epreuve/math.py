"""Formulas become HTML at build time, by KaTeX, for pages and decks alike.

KaTeX runs inside a small JavaScript engine (``quickjs-ng``): neither node nor
the network is needed, and the reader's browser has no script to run. Screen
readers get the MathML that KaTeX puts beside its picture.
"""

from __future__ import annotations

import json
from functools import cache, lru_cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import quickjs
from docutils import nodes
from docutils.utils import get_source_line
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from .assets import add_deck_css, serve_static
from .model import Place, Problem

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

LABELS = {
    "unreadable": "formule illisible : {message}",
    "remedy": "corrigez le LaTeX (fonctions connues : katex.org/docs/supported)",
    "permalink": "Lien vers cette équation",
}
KATEX = Path(__file__).parent / "vendor" / "katex.min.js"
CSS = "epreuve/katex/katex.min.css"
MACROS = {r"\R": r"\mathbb{R}", r"\N": r"\mathbb{N}", r"\E": r"\mathbb{E}"}

UNDERLINE = "\N{COMBINING LOW LINE}"  #: KaTeX marks the wrong place with it

#: The result travels as JSON because the engine hands back no string that was
#: built by concatenation (a "rope").
RENDER = """
function render(tex, options) {
  try { return JSON.stringify({html: katex.renderToString(tex, JSON.parse(options))}) }
  catch (error) { return JSON.stringify({error: String(error.message)}) }
}
"""

#: Environments that stand by themselves in display mode.
STANDALONE = ("align", "alignat", "aligned", "CD", "equation", "gather", "gathered", "split")


class Formula(NamedTuple):
    """A formula once rendered: its HTML, and what is wrong with it, if anything."""

    html: str
    error: str = ""


@cache
def katex() -> quickjs.Object:
    """The ``render`` function of KaTeX, loaded once per process (20 ms)."""
    context = quickjs.Context()
    context.eval(f"{KATEX.read_text(encoding='utf-8')}\n{RENDER};0")
    return context.get("render")


@lru_cache(maxsize=4096)
def render(tex: str, options: str) -> Formula:
    """The formula as HTML; ``options`` are KaTeX's, as JSON."""
    answer = json.loads(katex()(tex, options))
    if "html" in answer:
        return Formula(answer["html"])
    error = answer["error"].removeprefix("KaTeX parse error: ").replace(UNDERLINE, "")
    return Formula(f'<code class="ep-math-error">{escape(tex)}</code>', error)


def aligned(tex: str) -> str:
    """Allow several lines in a displayed formula, as Sphinx and MathJax do.

    A blank line separates equations; ``\\\\`` breaks a line, also when the formula
    holds a matrix whose rows end the same way.
    """
    parts = [aligned_part(part.strip()) for part in tex.split("\n\n") if part.strip()]
    if len(parts) < 2:
        return "".join(parts)
    return r"\begin{gathered}" + r"\\".join(parts) + r"\end{gathered}"


def aligned_part(part: str) -> str:
    """One equation, in ``split`` when it has several lines."""
    alone = part.startswith(tuple(rf"\begin{{{name}" for name in STANDALONE))
    if r"\\" not in part or alone:
        return part
    return rf"\begin{{split}}{part}\end{{split}}"


def formula(node: nodes.math | nodes.math_block, macros: dict[str, str]) -> Formula:
    """Render the formula of a node, for the place where it will be read."""
    display = isinstance(node, nodes.math_block)
    tex = node.astext()
    if display and not node.get("no-wrap", node.get("nowrap", False)):
        tex = aligned(tex)
    output = "mathml" if in_speaker_notes(node) else "htmlAndMathml"
    options = {"displayMode": display, "output": output, "strict": "ignore", "macros": macros}
    return render(tex, json.dumps(options, sort_keys=True))


def in_speaker_notes(node: nodes.Node) -> bool:
    """True where KaTeX's stylesheet is missing: reveal.js shows notes in a bare window."""
    while node := node.parent:
        if node.tagname == "speaker_notes" or "ep-notes" in node.get("classes", ()):
            return True
    return False


# -- what is wrong is said at each build, also when the page is not read again ---------


def check_formulas(app: Sphinx, doctree: nodes.document) -> None:
    """Remember the unreadable formulas of a page."""
    found = [
        Problem(place(node, app), "math", LABELS["unreadable"].format(message=error), LABELS["remedy"])
        for node in doctree.findall(lambda n: isinstance(n, (nodes.math, nodes.math_block)))
        if (error := formula(node, app.config.epreuve_math_macros).error)
    ]
    errors(app.env)[app.env.current_document.docname] = found


def place(node: nodes.Element, app: Sphinx) -> Place:
    """File and line of a formula; within a paragraph, the line it is written on."""
    source, line = get_source_line(node)
    path = Path(source).resolve() if source else app.srcdir
    if path.is_relative_to(app.srcdir):
        path = path.relative_to(app.srcdir)
    return Place(path.as_posix(), (line or 1) + lines_before(node))


def lines_before(node: nodes.Element) -> int:
    """Lines between the start of the paragraph and an inline formula."""
    if isinstance(node, nodes.math_block):
        return 0
    before = node.parent.rawsource.partition(node.rawsource or node.astext())[0]
    return before.count("\n")


def errors(env: BuildEnvironment) -> dict[str, list[Problem]]:
    """The unreadable formulas of each page, kept with the environment."""
    if not hasattr(env, "epreuve_math_errors"):
        env.epreuve_math_errors = {}
    return env.epreuve_math_errors


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """The page is read again: forget what was wrong with it."""
    errors(env).pop(docname, None)


def merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Take what a parallel reader found."""
    errors(env).update({name: found for name, found in errors(other).items() if name in docnames})


def problems(app: Sphinx, docname: str, proof: object) -> list[Problem]:
    """Hand them to the engine, which reports and fails the build."""
    return errors(app.env).get(docname, [])


def warn(app: Sphinx, env: BuildEnvironment) -> None:
    """Without the engine, say them as ordinary Sphinx warnings."""
    for problem in (p for found in errors(env).values() for p in found):
        where = f"{app.srcdir / problem.place.path}:{problem.place.line}"
        logger.warning(problem.message, location=where, type="epreuve", subtype="math")


# -- HTML ------------------------------------------------------------------------------


def visit_math(self: HTML5Translator, node: nodes.math) -> None:
    """A formula in a line of text."""
    self.body.append(self.starttag(node, "span", "", CLASS="math"))
    self.body.append(formula(node, self.config.epreuve_math_macros).html + "</span>")
    raise nodes.SkipNode


def visit_math_block(self: HTML5Translator, node: nodes.math_block) -> None:
    """A formula on its own line, with its number where it has a label."""
    self.body.append(self.starttag(node, "div", CLASS="math"))
    self.body.append(formula(node, self.config.epreuve_math_macros).html)
    if node["number"]:
        self.body.append(f'<span class="eqno">({get_node_equation_number(self, node)})')
        self.add_permalink_ref(node, LABELS["permalink"])
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def link_stylesheet(app: Sphinx, pagename: str, template: str, context: dict, doctree: object) -> None:
    """Only pages with formulas load KaTeX's stylesheet."""
    if app.builder.name != "revealjs" and context.get("has_maths_elements"):
        app.add_css_file(CSS)


def prepare(app: Sphinx, config: Config) -> None:
    """Vendored stylesheet and fonts, for pages and decks."""
    serve_static(app, config)
    add_deck_css(config, CSS)


def report_through_engine(app: Sphinx, config: Config) -> None:
    """Report once: through the engine when it is loaded, else through Sphinx."""
    if "epreuve-proved" in app.events.events:
        app.connect("epreuve-proved", problems)
    else:
        app.connect("env-updated", warn)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Formulas by KaTeX at build time."""
    app.add_config_value("epreuve_math_macros", MACROS, "env", dict)
    app.add_html_math_renderer("katex", (visit_math, None), (visit_math_block, None))
    app.connect("config-inited", prepare)
    app.connect("config-inited", report_through_engine)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("doctree-read", check_formulas)
    app.connect("html-page-context", link_stylesheet)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
