"""What chance decides: claims under other seeds, outputs that change from run to run, bytes that must not."""

from __future__ import annotations

import filecmp
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, run_sphinx, write

CONF = "extensions = ['epreuve']\nepreuve_preload = ('numpy', 'matplotlib.pyplot')\nepreuve_device = 'cpu'\nepreuve_store = 'build/epreuve'\nlanguage = 'fr'\n"

LUCK = """
Chance
======

.. code-block:: python

   import random
   import numpy as np

   random.seed(0)
   np.random.default_rng(0).random() < 0.7  # → True

.. code-block:: python
   :holds: 40 %

   random.seed(1)
   random.random() < 0.7  # → True

.. code-block:: python

   random.seed(2)
   table = [10, 20][int(random.random() < 0.9) :]

.. code-block:: python

   table[0]  # → 20
   2 + 2  # → 4

.. toctree::

   preuve
"""

PROOF = "Preuve\n======\n\n.. proofs::\n"

CHANGING = """
Change
======

.. code-block:: python

   import random
   random.random()

.. code-block:: python

   random.seed(0)
   random.random()

.. code-block:: python
   :volatile: une adresse de mémoire

   {"graine": random.random(), "adresse": hash("texte")}

.. code-block:: python

   hash("texte")

Un nombre : :val:`hash("texte")`.
"""


def epreuve(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run([sys.executable, "-m", "epreuve", *arguments], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def tried(tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess]:
    """A page of bets, tried under thirty seeds."""
    folder = tmp_path_factory.mktemp("chance")
    write(folder, {"conf.py": CONF, "index": LUCK, "preuve": PROOF})
    return folder, epreuve(folder, "seeds", "--n", "30", "index.rst")


def test_a_claim_below_its_rate_is_a_problem(tried) -> None:
    _, done = tried
    assert done.returncode == 1
    assert "index.rst:7: vrai pour" in done.stderr  # the seed given to NumPy's generator is moved too
    assert "index.rst:16" not in done.stderr  # 70 % or so, 40 % announced
    assert "100 % annoncés [epreuve.holds]" in done.stderr


def test_a_claim_broken_by_an_earlier_block_is_counted(tried) -> None:
    _, done = tried
    assert "index.rst:26: vrai pour" in done.stderr


def test_pages_say_under_how_many_seeds(tried) -> None:
    folder, _ = tried
    built = run_sphinx(folder, "html")
    assert "vérifié sur 30 graines, vrai pour" in built.read()
    assert "sur 30" in built.read("preuve.html")


@pytest.mark.parametrize("command", ["seeds", "fix"])
def test_an_unknown_page_is_said(command: str, tried) -> None:
    folder, _ = tried
    done = epreuve(folder, command, "index", "absente.rst")
    assert done.returncode == 1
    assert done.stderr == "Aucun bloc dans : absente.rst. Nommer des pages qui en ont, par exemple index.rst.\n"


def test_twice_names_what_changes(tmp_path: Path) -> None:
    write(tmp_path, {"conf.py": CONF, "index": CHANGING})
    done = epreuve(tmp_path, "check", "--twice")
    found = [line.split(": ")[0] for line in done.stderr.splitlines() if "[epreuve.nondeterministic]" in line]
    assert found == ["index.rst:7", "index.rst:22", "index.rst:24"], done.stderr
    assert "index.rst:7:   - 0." in done.stderr and "index.rst:7:   + 0." in done.stderr
    assert done.returncode == 1


def test_two_cold_builds_differ_by_the_measures_alone(tmp_path: Path) -> None:
    drawn = "Dessin\n======\n\n.. code-block:: python\n   :alt: une droite\n\n   import matplotlib.pyplot as plt\n   plt.plot([1, 2]);\n"
    pages = {"conf.py": CONF, "index": drawn + "\n.. toctree::\n\n   preuve\n", "preuve": PROOF}
    for name in ("un", "dx"):
        write(tmp_path / name, pages)
        assert run_sphinx(tmp_path / name, "html").code == 0
    assert set(differing(tmp_path / "un/build/html", tmp_path / "dx/build/html")) <= {"preuve-durees.js"}


def differing(one: Path, two: Path) -> list[str]:
    """The files of two folders that are not the same, byte for byte."""
    files = {p.relative_to(folder).as_posix() for folder in (one, two) for p in folder.rglob("*") if p.is_file()}
    return sorted(f for f in files if not ((one / f).exists() and (two / f).exists() and filecmp.cmp(one / f, two / f, shallow=False)))
