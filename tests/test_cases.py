"""Most of the engine's tests are files: a page, a line « ##### », the exact report expected.

The pages of tests/cases/ make one project, built once; torch is loaded only by those that say again what older courses say
wrongly (« sources_… »): each false sentence fails at its line, its corrected form passes.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import run_sphinx, write

from epreuve import report

CASES = sorted((Path(__file__).parent / "cases").glob("*.txt"))


@pytest.fixture(scope="module")
def proofs(tmp_path_factory):
    """The proofs of every case."""
    folder = tmp_path_factory.mktemp("cases")
    pages = {case.stem: case.read_text("utf-8").partition("#####\n")[0] for case in CASES}
    index = "Cas\n===\n\n.. toctree::\n\n" + "".join(f"   {name}\n" for name in pages)
    conf = "extensions = ['epreuve']\nepreuve_preload = ()\nepreuve_device = 'cpu'\n"
    write(folder, {"conf.py": conf, "requirements.txt": "numpy==1\n", "index": index, **pages})
    built = run_sphinx(folder, "html")
    assert built.code == 1
    return built.app.env.epreuve_proofs


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_report(case: Path, proofs) -> None:
    expected = case.read_text("utf-8").partition("#####\n")[2]
    said = [report.text(problem) for problem in sorted(proofs[case.stem].problems, key=lambda p: p.place.line)]
    assert "\n".join(said).strip() == expected.strip()
