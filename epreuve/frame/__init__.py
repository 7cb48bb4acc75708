"""The frame of a chapter: objectives, predictions, quizzes, hints, exercises.

``env.epreuve_objectives[docname]`` holds what the card of a chapter says, as
``{"lecture", "practical", "requires", "items"}``. The card shows the facts of
``env.epreuve_proofs[docname]`` and the files of ``env.epreuve_downloads[docname]``,
a list of (words, path from the root of the site), where there are some.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Collection
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from epreuve.assets import serve_static
from epreuve.frame.definitions import definitions_of, show_definitions
from epreuve.frame.directives import DIRECTIVES, is_frame
from epreuve.frame.html import (
    complete_cards,
    depart_html_element,
    html_element,
    make_quizzes,
    visit_html_element,
)
from epreuve.frame.problems import note_problem, on_epreuve_proved, place_of

DECKS = ("revealjs", "dirrevealjs")

#: What this extension remembers of each page, by docname.
STORES = ("epreuve_objectives", "epreuve_definitions", "epreuve_frame_problems")


def on_config_inited(app: Sphinx, config: Config) -> None:
    serve_static(app, config)


def on_builder_inited(app: Sphinx) -> None:
    for store in STORES:
        if not hasattr(app.env, store):
            setattr(app.env, store, {})
    if "epreuve-proved" in app.events.events:
        app.connect("epreuve-proved", on_epreuve_proved)


def on_env_purge_doc(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    for store in STORES:
        getattr(env, store, {}).pop(docname, None)


def on_env_merge_info(
    app: Sphinx, env: BuildEnvironment, docnames: Collection[str], other: BuildEnvironment
) -> None:
    for store in STORES:
        theirs = getattr(other, store)
        getattr(env, store).update({name: theirs[name] for name in docnames if name in theirs})


def on_doctree_read(app: Sphinx, doctree: nodes.document) -> None:
    env = app.env
    if definitions := definitions_of(doctree):
        env.epreuve_definitions[env.docname] = definitions
    for box in doctree.findall(is_frame):
        name_box(env, box)
        if is_frame(box, "answer") and not inside_prediction(box):
            note_problem(env, place_of(env, box.source, box.line), "answer-alone")


def on_doctree_resolved(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    in_deck = app.builder.name in DECKS
    if not in_deck:
        complete_cards(app, doctree, docname)
    if app.builder.format == "html":
        make_quizzes(doctree)
    if app.builder.format == "html" and not in_deck:
        show_definitions(doctree, ChainMap(*app.env.epreuve_definitions.values()))


def name_box(env: BuildEnvironment, box: nodes.admonition) -> None:
    """Let ``:ref:`` write the title of *box*."""
    written = next((words for words in box[0] if "ep-title" in words["classes"]), box[0])
    title = box[0] if is_frame(box, "exercise") else written
    labels = env.domains.standard_domain.labels
    for name, key in zip(box["names"], box["ids"], strict=False):
        labels[name] = (env.docname, key, title.astext())


def inside_prediction(node: nodes.Node) -> bool:
    """Whether an ancestor of *node* is a prediction."""
    while node := node.parent:
        if is_frame(node, "predict"):
            return True
    return False


def setup(app: Sphinx) -> dict[str, Any]:
    for directive in DIRECTIVES:
        app.add_directive(directive.kind, directive, override=True)
    app.add_node(html_element, html=(visit_html_element, depart_html_element))
    app.connect("config-inited", on_config_inited)
    app.connect("builder-inited", on_builder_inited)
    app.connect("env-purge-doc", on_env_purge_doc)
    app.connect("env-merge-info", on_env_merge_info)
    app.connect("doctree-read", on_doctree_read)
    app.connect("doctree-resolved", on_doctree_resolved)
    app.add_css_file("epreuve/frame.css")
    app.add_js_file("epreuve/frame.js", loading_method="defer")
    return {
        "version": "1",
        "env_version": 1,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
