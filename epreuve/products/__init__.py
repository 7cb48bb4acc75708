"""Notebooks and scripts, made from each page as it is written, in ``carnets/``.

A chapter gives its notebook with outputs and its script; a practical gives the
notebook to complete, where no answer is left, and the notebook of solutions.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Iterator

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.osutil import relative_uri

from .labels import LABELS
from .markdown import Page, Piece, pieces
from .notebook import notebook, prelude
from .script import script

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import ExtensionMetadata

FOLDER = "carnets"
LAUNCH = {
    "colab": "https://colab.research.google.com/github/{repository}/blob/{branch}/{path}",
    "binder": "https://mybinder.org/v2/gh/{repository}/{branch}?labpath={path}",
}


def stem(docname: str) -> str:
    """``chapters/01_tenseurs`` → ``01_tenseurs``; ``tp/01_tenseurs`` → ``tp_01_tenseurs``."""
    return docname.removeprefix("chapters/").replace("/", "_")


def files_of(env: BuildEnvironment, docname: str) -> dict[str, str]:
    """What a page gives: kind of product → path from the root of the site."""
    name = f"{FOLDER}/{stem(docname)}"
    if getattr(env, "epreuve_exercises", {}).get(docname):
        return {"student": f"{name}.ipynb", "solutions": f"{name}_solutions.ipynb"}
    if docname in getattr(env, "epreuve_objectives", {}) and env.epreuve_blocks.get(docname):
        return {"notebook": f"{name}.ipynb", "script": f"{name}.py"}
    return {}


def note_downloads(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """The card of a chapter shows its files; said before pages are written."""
    env.epreuve_downloads = {docname: links(app, docname) for docname in env.found_docs if files_of(env, docname)}
    return []


def links(app: Sphinx, docname: str) -> list[tuple[str, str]]:
    """Words and address of each product, and of what opens it elsewhere."""
    files = files_of(app.env, docname)
    found = [(LABELS[kind], path) for kind, path in files.items()]
    repository = re.match(r"https://github\.com/([\w.-]+/[\w.-]+?)/?$", getattr(app.config, "epreuve_repository", ""))
    if repository:
        path = next(iter(files.values()))
        facts = {"repository": repository[1], "branch": app.config.epreuve_site_branch, "path": path}
        found += [(LABELS[place], address.format(**facts)) for place, address in LAUNCH.items()]
    return found


class WriteProducts(SphinxPostTransform):
    """Once a page is whole, outputs included, write what is made from it."""

    default_priority = 70

    def run(self, **kwargs: object) -> None:
        env, app = self.env, self.env.epreuve_proofs.app
        proof = env.epreuve_proofs.get(env.docname)
        if app.builder.name != "html" or proof is None:
            return
        for kind, path in files_of(env, env.docname).items():
            target = Path(app.outdir) / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(MAKERS[kind](self.page(kind)), "utf-8")
        if getattr(env, "epreuve_exercises", {}).get(env.docname):
            add_links(self.document, app, env.docname)

    def page(self, kind: str) -> tuple[str, list[Piece]]:
        """The name of the page and its pieces, answers left out for students."""
        env, app = self.env, self.env.epreuve_proofs.app
        base = app.config.html_baseurl
        url = f"{base.rstrip('/')}/{app.builder.get_target_uri(env.docname)}" if base else ""
        results = env.epreuve_proofs[env.docname].results
        return env.docname, list(pieces(self.document, Page(results, url, solutions=kind != "student")))


MAKERS = {
    "notebook": lambda page: notebook(with_prelude(page[1]), page[0]),
    "script": lambda page: script(with_prelude(page[1])),
    "student": lambda page: notebook(page[1], page[0], outputs=False),
    "solutions": lambda page: notebook(page[1], page[0]),
}


def with_prelude(made: list[Piece]) -> Iterator[Piece]:
    """The title, then the seeds, then the rest."""
    yield from made[:1]
    yield prelude()
    yield from made[1:]


def add_links(document: nodes.document, app: Sphinx, docname: str) -> None:
    """Under the title of a practical: its files."""
    here = app.builder.get_target_uri(docname)
    line = nodes.paragraph("", f"{LABELS['download']}\u00a0: ", classes=["ep-downloads"])
    for position, (words, path) in enumerate(app.env.epreuve_downloads[docname]):
        line += [nodes.Text(", ")] if position else []
        line += nodes.reference("", words, refuri=path if "://" in path else relative_uri(here, path), internal=False)
    heading = next(document.findall(nodes.title))
    heading.parent.insert(heading.parent.index(heading) + 1, line)


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("epreuve")
    app.add_config_value("epreuve_site_branch", "gh-pages", "html", str)
    app.connect("env-updated", note_downloads, priority=700)
    app.add_post_transform(WriteProducts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
