"""The home page: ``.. chapters::`` and ``.. build-facts::``.

Both say only what other pages hold, so that they cannot drift: cards come from the
``objectives`` of the chapters, facts from the proofs of this very build.
"""

from __future__ import annotations

import re
from fnmatch import fnmatch
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from .model import Proof

LABELS = {
    "chapter": "Chapitre {number}",
    "lecture": "cours {time}",
    "practical": "pratique {time}",
    "coming": "En cours d’écriture.",
    "no-facts": "Les exemples n’ont pas été exécutés pendant cette construction.",
    "blocks": "Blocs exécutés et vérifiés",
}

#: How the facts of a proof are called on the page; others keep their name.
FACTS = {
    "python": "Python",
    "torch": "PyTorch",
    "numpy": "NumPy",
    "matplotlib": "Matplotlib",
    "scikit-learn": "scikit-learn",
    "device": "Périphérique",
}


class chapter_cards(nodes.General, nodes.Element):
    """Stands for the cards until every chapter was read."""


class build_facts(nodes.General, nodes.Element):
    """Stands for the facts until every block was executed."""


class Chapters(SphinxDirective):
    """``.. chapters:: chapters/[0-9]*``: one card per page whose name matches."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        mark_as_home(self.env)
        return [chapter_cards(pattern=self.arguments[0])]


class BuildFacts(SphinxDirective):
    """``.. build-facts::``: versions and device of this build, blocks verified."""

    def run(self) -> list[nodes.Node]:
        mark_as_home(self.env)
        return [build_facts()]


def mark_as_home(env: BuildEnvironment) -> None:
    """Pages that hold these directives are written again when others change."""
    homes(env).add(env.current_document.docname)


def homes(env: BuildEnvironment) -> set[str]:
    """Names of the pages that show what other pages hold."""
    if not hasattr(env, "epreuve_homes"):
        env.epreuve_homes = set()
    return env.epreuve_homes


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """The page is read again."""
    homes(env).discard(docname)


def merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Take what a parallel reader found."""
    homes(env).update(homes(other) & set(docnames))


def write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Ask for the pages that show other pages, when what they show changed."""
    if not hasattr(env, "epreuve_home_shown"):
        env.epreuve_home_shown = {}
    known = getattr(env, "epreuve_objectives", {})
    pages = [(name, env.titles[name].astext(), known.get(name)) for name in sorted(env.titles)]
    shown = repr((pages, facts(env).astext()))
    if env.epreuve_home_shown.get(app.builder.name) == shown:
        return []
    env.epreuve_home_shown[app.builder.name] = shown
    return sorted(homes(env) & env.found_docs)


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Every page is known and every block has run: write the cards and the facts."""
    for node in list(doctree.findall(chapter_cards)):
        node.replace_self(cards(app, docname, node["pattern"]))
    for node in list(doctree.findall(build_facts)):
        node.replace_self(facts(app.env))


# -- cards -----------------------------------------------------------------------------


def cards(app: Sphinx, docname: str, pattern: str) -> nodes.bullet_list:
    """A list of cards, in the order of the file names."""
    names = sorted(name for name in app.env.found_docs if fnmatch(name, pattern))
    items = (card(app, docname, name) for name in names)
    return nodes.bullet_list("", *items, classes=["ep-cards"])


def card(app: Sphinx, docname: str, chapter: str) -> nodes.list_item:
    """Number, title, durations and objectives of one chapter."""
    known = getattr(app.env, "epreuve_objectives", {}).get(chapter, {})
    parts = [overline(chapter, known), title(app, docname, chapter), objectives(known)]
    return nodes.list_item("", *parts, classes=["ep-card"])


def overline(chapter: str, known: dict) -> nodes.paragraph:
    """« Chapitre 3 · cours 75 min · pratique 60 min »."""
    words = [LABELS[key].format(time=known[key]) for key in ("lecture", "practical") if known.get(key)]
    if number := re.match(r"\d+", chapter.rpartition("/")[2]):
        words.insert(0, LABELS["chapter"].format(number=int(number[0])))
    return nodes.paragraph("", " · ".join(words), classes=["ep-card-overline"])


def title(app: Sphinx, docname: str, chapter: str) -> nodes.paragraph:
    """The title of the chapter, which is the link."""
    uri = app.builder.get_relative_uri(docname, chapter)
    words = app.env.titles[chapter].astext()
    link = nodes.reference("", words, refuri=uri, internal=True)
    return nodes.paragraph("", "", link, classes=["ep-card-title"])


def objectives(known: dict) -> nodes.Element:
    """What one is able to do after the chapter."""
    items = [nodes.list_item("", nodes.paragraph("", text)) for text in known.get("items", ())]
    if not items:
        return nodes.paragraph("", LABELS["coming"], classes=["ep-card-coming"])
    return nodes.bullet_list("", *items)


# -- facts -----------------------------------------------------------------------------


def facts(env: BuildEnvironment) -> nodes.Element:
    """Versions, device and number of blocks, as pairs of name and value."""
    proofs = getattr(env, "epreuve_proofs", {}).values()
    found = {FACTS.get(name, name): value for proof in proofs for name, value in proof.facts.items()}
    if not found:
        return nodes.paragraph("", LABELS["no-facts"])
    found[LABELS["blocks"]] = str(sum(executed(proof) for proof in proofs))
    return nodes.field_list("", *map(field, found, found.values()), classes=["ep-facts"])


def executed(proof: Proof) -> int:
    """Blocks of code that ran, now or in the build that recorded their result."""
    return sum(result.block.kind == "code" and not result.skipped for result in proof.results)


def field(name: str, value: str) -> nodes.field:
    """One name and its value."""
    body = nodes.field_body("", nodes.paragraph("", value))
    return nodes.field("", nodes.field_name("", name), body)


def setup_home(app: Sphinx) -> None:
    """Called by :func:`epreuve.site.setup`."""
    app.add_node(chapter_cards)
    app.add_node(build_facts)
    app.add_directive("chapters", Chapters)
    app.add_directive("build-facts", BuildFacts)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", write_again, priority=700)  # once every block has run
    app.connect("doctree-resolved", fill)
