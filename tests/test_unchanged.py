"""`epreuve site` when nothing changed, and each kind of change that it must not miss."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

CONF = "import os\nauthor = os.environ.get('AUTRICE', '')\nextensions = ['epreuve', 'epreuve.slides']\nepreuve_store = 'build/epreuve'\nexclude_patterns = ['build']\nepreuve_preload = ()\n"
PAGE = """Page
====

.. slide:: Une diapositive

   .. code-block:: python

      print(open("donnees.txt").read(), len(open("mesures.log").read()), 6 * 7)

.. include:: ../dehors.rst

Prose.
"""
SITE = "import sys; from epreuve.cli import main; code = main(['site']); print('sphinx' in sys.modules); sys.exit(code)"


@pytest.fixture
def site(tmp_path: Path) -> Callable[[], tuple[bool, int, str]]:
    """Builds; whether Sphinx was needed, how many blocks ran, the text of the page and of its deck."""
    root = tmp_path / "cours"
    root.mkdir()
    for path, text in {root / "conf.py": CONF, root / "index.rst": PAGE, root / "donnees.txt": "un", root / "mesures.log": "123", tmp_path / "dehors.rst": "Dehors.\n"}.items():
        path.write_text(text, "utf-8")

    def build() -> tuple[bool, int, str]:
        done = subprocess.run([sys.executable, "-c", SITE], cwd=root, capture_output=True, text=True, env={**os.environ, "PYTHONUTF8": "1"})
        assert done.returncode == 0, done.stdout + done.stderr
        report = json.loads((root / "build/epreuve/rapport.json").read_text("utf-8"))
        pages = [(root / "build/html" / name).read_text("utf-8") for name in ("index.html", "diapos/index.html")]
        return done.stdout.splitlines()[-1] == "True", report["summary"]["executed"], "\n".join(pages)

    build.root = root
    return build


def test_nothing_changed_needs_neither_sphinx_nor_a_block(site):
    needed, executed, first = site()
    assert (needed, executed) == (True, 1) and first.count("un 3 42") == 2
    assert site() == (False, 0, first)
    (site.root / "sortie.log").write_text("ce que la construction a dit")
    assert site() == (False, 0, first)


@pytest.mark.parametrize(
    ("name", "content", "executed"),
    [
        ("index.rst", PAGE.replace("Prose.", "Autre prose."), 0),
        ("index.rst", PAGE.replace("6 * 7", "6 * 70"), 1),
        ("donnees.txt", "deux", 1),
        ("mesures.log", "12345", 1),
        ("../dehors.rst", "Plus loin.\n", 0),
        ("conf.py", CONF + "html_title = 'Autre titre'\n", 0),
        ("autre.rst", ":orphan:\n\nAutre\n=====\n", 0),
    ],
)
def test_a_change_is_built(site, name: str, content: str, executed: int):
    before = site()[2]
    (site.root / name).write_text(content, "utf-8")
    needed, ran, after = site()
    assert needed and ran == executed
    assert (after != before) == (name != "autre.rst")
    assert (site.root / "build/html/autre.html").exists() == (name == "autre.rst")
    assert site() == (False, 0, after)


def test_a_variable_that_conf_reads_is_seen(site, monkeypatch):
    site()
    monkeypatch.setenv("SANS_RAPPORT", "oui")
    assert site()[0] is False
    monkeypatch.setenv("AUTRICE", "Ada")
    assert site()[0] is True


def test_what_was_removed_is_made_again(site):
    site()
    for name in ("index.html", "diapos/index.html"):
        (site.root / "build/html" / name).unlink()
        needed, executed, text = site()
        assert needed and executed == 0 and text.count("un 3 42") == 2


def test_a_build_with_a_problem_is_never_taken_for_done(site):
    site()
    (site.root / "index.rst").write_text(PAGE + "\n.. code-block:: python\n\n   1 / 0\n", "utf-8")
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", SITE], cwd=site.root, capture_output=True, text=True)
        assert done.returncode == 1
        assert done.stderr.count("ZeroDivisionError imprévue") == 1, "dite une fois, bien que les diaporamas se construisent aussi"


@pytest.mark.parametrize("name", ["build/epreuve/rapport.json", "build/etat.json"])
@pytest.mark.parametrize("damage", ["", "[1, 2]", '{"summary": {}}', None])
def test_a_damaged_note_costs_a_build(site, name: str, damage: str | None):
    first = site()[2]
    path = site.root / name
    path.write_bytes(damage.encode() if damage is not None else path.read_bytes()[:-9] + b"\xff")
    assert site() == (True, 0, first)
