"""Problems of the frame: told at once, and kept for the verdict of the build."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from epreuve.frame.labels import LABELS
from epreuve.model import Place, Problem

logger = logging.getLogger(__name__)

CODE = "frame"


def place_of(env: BuildEnvironment, source: str, line: int) -> Place:
    """The place in the project of a line of *source*, itself relative or not."""
    path = os.path.relpath(os.path.abspath(source), env.srcdir)
    return Place(Path(path).as_posix(), line)


def note_problem(env: BuildEnvironment, place: Place, label: str, **facts: Any) -> None:
    """Record the problem that *label* names."""
    record_problem(env, Problem(place, CODE, LABELS[label].format(**facts), LABELS[f"{label}-remedy"]))


def record_problem(env: BuildEnvironment, problem: Problem) -> None:
    """Warn at once, and keep *problem* for the end of the build."""
    env.epreuve_frame_problems.setdefault(env.docname, []).append(problem)
    location = f"{os.path.join(env.srcdir, problem.place.path)}:{problem.place.line}"
    words = (problem.message, problem.remedy)
    logger.warning("%s. %s", *words, location=location, type="epreuve", subtype=CODE)


def on_epreuve_proved(app: Any, docname: str, proof: Any) -> Iterable[Problem]:
    """Give the engine what was found wrong while reading *docname*."""
    return app.env.epreuve_frame_problems.get(docname, ())
