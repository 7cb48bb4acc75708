"""A Sphinx application kept alive in a process of its own, which builds when told.

``python -m epreuve.live.builder BUILDER SOURCE OUT`` reads one JSON line per
build on its standard input and answers one on its standard output. Torch is
never here: blocks run in the pool that the application keeps, with checkpoints.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import time
import traceback
from dataclasses import replace
from pathlib import Path

from .. import report
from ..pool import Pool
from ..project import BUILD

CHECKPOINTS = 24  #: states of sessions kept for the next edit


def application(builder: str, source: Path, out: Path):
    """A Sphinx application whose pool outlives its builds."""
    from sphinx.application import Sphinx

    app = Sphinx(
        str(source), str(source), str(out), str(source / BUILD / "live" / f"doctrees-{builder}"), builder,
        status=io.StringIO(), warning=io.StringIO(), confoverrides={"epreuve_live": True},
    )  # fmt: skip
    app.epreuve_settings = replace(app.epreuve_settings, checkpoints=CHECKPOINTS)
    app.epreuve_pool = Pool(app.epreuve_settings)
    if builder == "html":
        app.epreuve_pool.start()
    return app


def build(app) -> dict[str, object]:
    """Build what changed; what happened, for the browser and the terminal."""
    start = time.perf_counter()
    written: list[str] = []
    app._warning.truncate(0)
    app.statuscode = 0
    listener = app.connect("doctree-resolved", lambda app, doctree, docname: written.append(docname))
    try:
        app.build()
    finally:
        app.disconnect(listener)
    problems = report.ordered(app.env.epreuve_proofs)
    return {
        "pages": written,
        "problems": [{"place": str(p.place), "text": report.text(p)} for p in problems],
        "seconds": time.perf_counter() - start,
    }


def guarded(app) -> dict[str, object]:
    """The same, an exception of Sphinx or of an extension told like a problem."""
    try:
        return build(app)
    except Exception as error:  # noqa: BLE001 - the author mends conf.py or a page, and saves again
        last = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.relpath(last.filename)}:{last.lineno}"
        return {"pages": [], "problems": [{"place": place, "text": f"{type(error).__name__}: {error}"}], "seconds": 0.0, "broken": True}


def main(builder: str, source: str, out: str) -> None:
    """Answer until the standard input closes."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever prints must not be taken for an answer
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    with patch_docutils(source), docutils_namespace():
        app = None
        try:
            for line in sys.stdin:
                if line.strip() == "reset" and app is not None:
                    app.epreuve_pool.close()
                    app = None
                    continue
                result = started = None
                if app is None:
                    try:
                        app = started = application(builder, Path(source), Path(out))
                    except Exception as error:  # noqa: BLE001 - conf.py is the author's
                        result = {"pages": [], "problems": [{"place": "conf.py:1", "text": f"{type(error).__name__}: {error}"}], "seconds": 0.0, "broken": True}
                print(json.dumps(result or guarded(app)), file=answers, flush=True)
        finally:
            with contextlib.suppress(AttributeError):
                app.epreuve_pool.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
