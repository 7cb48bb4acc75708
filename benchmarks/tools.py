"""The tools compared: how each wants its pages, how it is run, where its outputs are."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Callable, Iterable

from .course import Page

PLAIN = {"html_theme": "alabaster", "language": "fr", "smartquotes": False}


@dataclass(frozen=True)
class Tool:
    """A way to build pages."""

    name: str
    conf: dict[str, object]
    suffix: str  #: of its sources
    source: Callable[[Page], str]  #: a page in its format
    outputs: str = ""  #: CSS selector of what blocks showed; empty when it executes nothing
    figures: str = ""  #: CSS selector of the figures
    env: dict[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()  #: of sphinx-build
    folder: str = ""  #: of its sources, inside the project
    pages: str = ""  #: of its pages, inside the HTML

    def command(self, root: Path) -> list[str]:
        """What builds the project."""
        if self.name.startswith("epreuve"):
            return [sys.executable, "-m", "epreuve", "--source", str(root), "site"]
        html, doctrees = root / "build" / "html", root / "build" / "doctrees"
        return [sys.executable, "-m", "sphinx", "-q", "-b", "html", "-d", str(doctrees), *self.options, str(root), str(html)]

    def write(self, root: Path, pages: Iterable[Page]) -> None:
        """Write the project; files that would not change are left alone."""
        pages = list(pages)
        conf = {**PLAIN, "project": "Banc d’essai", "exclude_patterns": ["build"], **self.conf}
        put(root / "conf.py", "".join(f"{name} = {value!r}\n" for name, value in conf.items()))
        here = "pages" if self.folder else "."
        toctree = ["index"] if self.folder else [page.name for page in pages]
        put(root / "index.rst", "Cours\n=====\n\n.. toctree::\n\n" + "".join(f"   {here}/{name}\n" for name in toctree))
        if self.folder:
            put(root / self.folder / "GALLERY_HEADER.rst", "Pages\n=====\n")
        for page in pages:
            put(root / self.folder / f"{self.prefix}{page.name}{self.suffix}", self.source(page))

    @property
    def prefix(self) -> str:
        """sphinx-gallery executes the scripts whose name begins so."""
        return "plot_" if self.folder else ""

    def shown(self, root: Path, page: Page) -> tuple[str, int]:
        """Text of the outputs of a built page, without spaces or the profiler's own log, and its number of figures."""
        from bs4 import BeautifulSoup

        html = (root / "build" / "html" / self.pages / f"{self.prefix}{page.name}.html").read_text("utf-8")
        soup = BeautifulSoup(html, "html.parser")
        text = "\n".join(tag.get_text() for tag in soup.select(self.outputs))
        return re.sub(r"USDT:.*|\s+", "", text), len(soup.select(self.figures))


def put(path: Path, text: str) -> None:
    """Write a file, unless it holds that text."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")


def empty(root: Path) -> None:
    """Remove all that a build made."""
    for name in ("build", "pages", "jupyter_execute"):
        shutil.rmtree(root / name, ignore_errors=True)
    (root / "sg_execution_times.rst").unlink(missing_ok=True)


# -- formats ---------------------------------------------------------------------------


def indented(code: str) -> str:
    """Code under a directive."""
    return "".join(f"   {line}\n" if line else "\n" for line in code.splitlines())


def rst(directive: str, with_options: bool = False) -> Callable[[Page], str]:
    """reStructuredText, code under a directive."""

    def source(page: Page) -> str:
        parts = [f"{page.title}\n{'=' * len(page.title)}\n"]
        for block in page.blocks:
            options = "   :alt: une courbe\n" * block.figure + f"   :raises: {block.raises}\n" * bool(block.raises)
            parts.append(f"{block.prose}\n\n.. {directive}\n{options if with_options else ''}\n{indented(block.code)}")
        return "\n".join(parts)

    return source


def myst(page: Page) -> str:
    """MyST Markdown with ``{code-cell}``."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    format_ = {"jupytext": {"text_representation": {"extension": ".md", "format_name": "myst"}}}
    parts = [f"---\n{json.dumps({**format_, **kernel})}\n---\n\n# {page.title}\n"]
    for block in page.blocks:
        tags = ":tags: [raises-exception]\n" if block.raises else ""
        parts.append(f"{block.prose}\n\n```{{code-cell}} ipython3\n{tags}{block.code}\n```\n")
    return "\n".join(parts)


def script(page: Page) -> str:
    """A sphinx-gallery script."""
    parts = [f'"""\n{page.title}\n{"=" * len(page.title)}\n"""\n']
    parts += [f"# %%\n# {block.prose}\n\n{block.code}\n" for block in page.blocks]
    return "\n".join(parts)


# -- tools -----------------------------------------------------------------------------

#: the best that the others can be given here: more threads than one slow such small models down
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
CELLS = {"outputs": ".cell_output", "figures": ".cell_output img", "env": ONE_THREAD}
NOTEBOOKS = {"extensions": ["myst_nb"], "nb_execution_mode": "cache", "nb_execution_timeout": 600, "nb_execution_raise_on_error": True}

SPHINX = Tool("sphinx", {}, ".rst", rst("code-block:: python"))
OURS = Tool(
    "epreuve", {"extensions": ["epreuve"], "epreuve_store": "build/epreuve"}, ".rst", rst("code-block:: python", with_options=True),
    ".ep-output", ".ep-figure",
)  # fmt: skip
MYST = Tool("MyST-NB", NOTEBOOKS, ".md", myst, **CELLS)
# Its cache cannot be filled by two processes at once: « table settings already exists ».
TWO_KERNELS = Tool("MyST-NB -j 2", {**NOTEBOOKS, "nb_execution_mode": "force"}, ".md", myst, **CELLS, options=("-j", "2"))
JUPYTER = Tool("jupyter-sphinx", {"extensions": ["jupyter_sphinx"]}, ".rst", rst("jupyter-execute::"), **CELLS)
GALLERY = Tool(
    "sphinx-gallery",
    {
        "extensions": ["sphinx_gallery.gen_gallery"],
        "exclude_patterns": ["build", "scripts"],
        "sphinx_gallery_conf": {"examples_dirs": "scripts", "gallery_dirs": "pages", "abort_on_example_error": True},
    },
    ".py", script, ".sphx-glr-script-out pre", "img.sphx-glr-single-img", ONE_THREAD, folder="scripts", pages="pages",
)  # fmt: skip
TOOLS = (OURS, SPHINX, MYST, TWO_KERNELS, JUPYTER, GALLERY)


def versions() -> dict[str, str]:
    """What is compared, and on what."""
    import platform
    from importlib.metadata import version

    names = ("sphinx", "myst-nb", "jupyter-sphinx", "sphinx-gallery", "ipykernel", "nbclient", "torch", "numpy", "matplotlib")
    return {"Python": platform.python_version(), **{name: version(name) for name in names}, "cœurs": str(os.cpu_count())}
