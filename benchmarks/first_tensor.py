"""Times from nothing running to the first tensor of a page, one a line of JSON: ``first_tensor.py epreuve|noyau N``."""

from __future__ import annotations

import json
import sys
import tempfile
import time

CODE = "import torch\ntorch.ones(2, 3)"


def ours(count: int) -> list[float]:
    """A session forked from the warm process, which is up."""
    from epreuve.model import Block, Place, Session
    from epreuve.pool import Job, Pool
    from epreuve.settings import Settings

    root, seconds = tempfile.mkdtemp(), []
    with Pool(Settings(root, f"{root}/store")) as pool:
        for _ in range(count + 1):
            job = Job(Session("page", "", (Block(Place("page.rst", 1), CODE),)), frozenset({0}))
            start = time.perf_counter()
            results = pool.run([job])
            _, _, result = next(results)
            seconds.append(time.perf_counter() - start)
            assert not list(results)
            assert "tensor" in result.outputs[0].data, result
    return seconds[1:]  # the first one waited for the warm process


def kernel(count: int) -> list[float]:
    """A new Jupyter kernel."""
    import nbformat
    from nbclient import NotebookClient

    seconds = []
    for _ in range(count):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(CODE)])
        start = time.perf_counter()
        NotebookClient(notebook).execute()
        seconds.append(time.perf_counter() - start)
        assert "tensor" in notebook.cells[0].outputs[0]["data"]["text/plain"]
    return seconds


if __name__ == "__main__":
    which = ours if sys.argv[1] == "epreuve" else kernel
    print(json.dumps(which(int(sys.argv[2]))))
