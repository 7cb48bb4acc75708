"""Practicals: MyST notebooks of ``tp/``, whose exercises are run on both sides.

myst-nb reads the files and executes nothing; its cells become blocks of the
engine, so that isolation, cache, expectations, problems and rendering are those
of the chapters. ``env.epreuve_exercises[docname]`` holds the exercises of a page.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from ..assets import serve_static
from . import cells, exercises

if TYPE_CHECKING:
    from collections.abc import Collection

    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

    from ..model import Problem, Proof

STORES = ("epreuve_exercises", "epreuve_exercise_problems")
MYST = ("colon_fence", "dollarmath", "deflist")


class Conclusion(SphinxDirective):
    """``:::{conclusion}``: what an exercise teaches, shown with its solution."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        return [nodes.container("", *self.parse_content_to_nodes(), classes=["ep-conclusion"])]


class PutExpected(SphinxPostTransform):
    """Show what the solution gave, outside the solution."""

    default_priority = 25  # outputs are in place at 20

    def run(self, **kwargs: object) -> None:
        for box in list(self.document.findall(lambda n: isinstance(n, nodes.container) and "ep-expected" in n["classes"])):
            solution = box.parent[box.parent.index(box) + 1]
            for output in solution.findall(lambda n: isinstance(n, nodes.container) and "ep-output" in n["classes"]):
                box += renamed(output.deepcopy())
            if len(box) == 1:
                box.parent.remove(box)


def renamed(copy: nodes.Element) -> nodes.Element:
    """A copy that does not repeat identifiers of the page."""
    for node in copy.findall(nodes.Element):
        node["ids"] = [f"{key}-attendu" for key in node["ids"]]
    return copy


def on_config_inited(app: Sphinx, config: Config) -> None:
    """myst-nb reads and runs nothing; its notices about lexers do not concern us."""
    config.nb_execution_mode = "off"
    config.myst_update_mathjax = False
    config.myst_enable_extensions = {*config.myst_enable_extensions, *MYST}
    config.suppress_warnings = [*config.suppress_warnings, "myst-nb.lexer"]
    serve_static(app, config)


def on_builder_inited(app: Sphinx) -> None:
    """myst-nb writes the notebooks that it reads, solutions included: far from the site."""
    env = app.env
    env.mystnb_config = env.mystnb_config.copy(output_folder=str(app.doctreedir / "myst_nb"))
    for store in STORES:
        if not hasattr(app.env, store):
            setattr(app.env, store, {})


def on_env_purge_doc(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    for store in STORES:
        getattr(env, store, {}).pop(docname, None)


def on_env_merge_info(app: Sphinx, env: BuildEnvironment, docnames: Collection[str], other: BuildEnvironment) -> None:
    for store in STORES:
        theirs = getattr(other, store)
        getattr(env, store).update({name: theirs[name] for name in docnames if name in theirs})


def adopt_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Before the engine notes the blocks: cells become blocks, boxes become exercises."""
    env = app.env
    if not any(cells.is_cell(node) for node in doctree.findall(nodes.container)):
        return
    problems = cells.adopt(env, doctree)
    found, others = exercises.gather(env, doctree)
    env.epreuve_exercises[env.docname] = tuple(found)
    env.epreuve_exercise_problems[env.docname] = (*problems, *others)
    labels = env.domains.standard_domain.labels
    for section in doctree.findall(lambda n: isinstance(n, nodes.section) and n.get("exercise")):
        doctree.ids[section["ids"][0]] = section
        labels[section["exercise"]] = (env.docname, section["ids"][0], section[0].astext())


def unload(app: Sphinx, doctree: nodes.document) -> None:
    """After it: the copies that only run leave the tree."""
    exercises.unload(doctree)


def on_epreuve_proved(app: Sphinx, docname: str, proof: Proof) -> tuple[Problem, ...]:
    """What exercises lack."""
    return app.env.epreuve_exercise_problems.get(docname, ())


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("epreuve")
    app.setup_extension("myst_nb")
    app.registry.source_suffix.pop(".ipynb", None)  # notebooks are products, never sources
    app.registry.css_files[:] = [file for file in app.registry.css_files if not file[0].startswith("mystnb.")]
    app.add_directive("conclusion", Conclusion)
    app.connect("config-inited", on_config_inited)
    app.connect("builder-inited", on_builder_inited)
    app.connect("env-purge-doc", on_env_purge_doc)
    app.connect("env-merge-info", on_env_merge_info)
    app.connect("doctree-read", adopt_cells, priority=300)  # the engine notes blocks at 400
    app.connect("doctree-read", unload, priority=410)
    app.connect("epreuve-proved", on_epreuve_proved)
    app.add_post_transform(PutExpected)
    app.add_css_file("epreuve/practicals.css")
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
