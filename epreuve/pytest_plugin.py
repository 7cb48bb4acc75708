"""``pytest chapters/``: one item per block, from the same run as the pages.

Enabled with ``-p epreuve.pytest_plugin`` (in ``addopts``, say). Files are those
of the Sphinx project whose ``conf.py`` stands in pytest's root folder.
"""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from . import project, report
from .model import UNSEEN, Problem, Proof, Result

PROOFS = pytest.StashKey[dict]()


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.File | None:
    """Pages of the project become files of items."""
    root = parent.config.rootpath
    if file_path.suffix not in (".rst", ".md") or not (root / "conf.py").exists():
        return None
    return Page.from_parent(parent, path=file_path) if file_path.is_relative_to(root) else None


def proofs_of(config: pytest.Config) -> dict[str, Proof]:
    """The proofs of the project, by path of the page; run once a session."""
    if PROOFS not in config.stash:
        app = project.load(str(config.rootpath))
        proofs = app.env.epreuve_proofs
        config.stash[PROOFS] = {Path(app.env.doc2path(d)).resolve(): proof for d, proof in proofs.items()}
    return config.stash[PROOFS]


class Page(pytest.File):
    """A page and its blocks."""

    def collect(self) -> Iterator[pytest.Item]:
        proof = proofs_of(self.config).get(self.path.resolve())
        if proof is None:
            return
        left = list(proof.problems)
        for number, result in enumerate((r for r in proof.results if r.block.kind != "value" and r.block.role not in UNSEEN), 1):
            own = [p for p in left if report.within(p, result)]
            left = [p for p in left if p not in own]
            yield BlockItem.from_parent(self, name=f"bloc-{number}", result=result, problems=own)
        yield BlockItem.from_parent(self, name="page", result=None, problems=left)


class BlockItem(pytest.Item):
    """One block, or what is wrong with the page outside its blocks."""

    def __init__(self, *, result: Result | None, problems: list[Problem], **kwargs: object) -> None:
        super().__init__(**kwargs)
        self.result, self.problems = result, problems

    def runtest(self) -> None:
        if self.result and self.result.skipped and not self.problems:
            pytest.skip(self.result.skipped)
        if self.problems:
            raise Wrong("\n".join(report.text(p) for p in self.problems))

    def repr_failure(self, excinfo: pytest.ExceptionInfo, style=None) -> str:
        return str(excinfo.value) if isinstance(excinfo.value, Wrong) else super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, int, str]:
        line = self.result.block.place.line - 1 if self.result else 0
        return self.path, line, f"{self.path.name}:{line + 1}"


class Wrong(Exception):
    """A block has problems."""
