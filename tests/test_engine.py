"""What the engine promises beyond reports: reuse, honesty of keys, same bytes, parallel reading."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, run_sphinx, write

CONF = "extensions = ['epreuve']\nepreuve_preload = ()\nepreuve_device = 'cpu'\nhtml_theme = 'basic'\nlanguage = 'fr'\nhtml_last_updated_fmt = None\n"
PAGE = """Page
====

.. code-block:: python

   import random
   x = {x}
   x

Valeur : :val:`x + 1`.

.. code-block:: python

   y = x * 10
   y

.. code-block:: python

   (x, y, random.random())
"""


def counts(folder: Path) -> tuple[int, int]:
    """(executed, reused) of the last build."""
    summary = json.loads((folder / "_build/epreuve/rapport.json").read_text("utf-8"))["summary"]
    return summary["executed"], summary["reused"]


@pytest.fixture
def page(tmp_path: Path):
    """Builds a project of one page, and says (executed, reused)."""

    def build(text: str, builder: str = "html", **files: str) -> tuple[int, int]:
        write(tmp_path, {"conf.py": CONF, "index": text, **files})
        built = run_sphinx(tmp_path, builder)
        assert built.code == 0, built.warnings
        return counts(tmp_path)

    build.folder = tmp_path
    return build


def test_nothing_changed_runs_nothing(page) -> None:
    assert page(PAGE.format(x=1)) == (3, 0)
    assert page(PAGE.format(x=1)) == (0, 3)


def test_prose_and_display_are_not_in_the_key(page) -> None:
    page(PAGE.format(x=1))
    changed = PAGE.format(x=1).replace("Valeur :", "Autre texte,\n\nvaleur :").replace("python\n\n   y", "python\n   :caption: Y\n\n   y")
    assert page(changed) == (0, 3)


def test_an_edit_runs_what_follows_it(page) -> None:
    page(PAGE.format(x=1))
    assert page(PAGE.format(x=1).replace("x * 10", "x * 100")) == (2, 1)


def test_what_is_expected_is_not_in_the_key(page) -> None:
    text = "Page\n====\n\n.. code-block:: python\n\n   x = 3\n   x  # {}\n   print(x)\n   # → {}\n"
    assert page(text.format("≈ 3", "3")) == (1, 0)
    assert page(text.format("→ 3", "...")) == (0, 1)


def test_another_builder_runs_nothing(page) -> None:
    page(PAGE.format(x=1))
    assert page(PAGE.format(x=1), builder="text") == (0, 3)


def test_a_changed_module_is_noticed(page) -> None:
    text = "Page\n====\n\n.. code-block:: python\n\n   import aide\n   aide.valeur\n"
    assert page(text, **{"aide.py": "valeur = 111"}) == (1, 0)
    assert page(text, **{"aide.py": "valeur = 111"}) == (0, 1)
    assert page(text, **{"aide.py": "valeur = 222"}) == (1, 0)
    assert "222" in (page.folder / "build/html/index.html").read_text("utf-8")


def test_a_changed_data_file_is_noticed(page) -> None:
    text = "Page\n====\n\n.. code-block:: python\n\n   x = open('notes.txt').read()\n\n.. code-block:: python\n\n   x\n"
    page(text, **{"notes.txt": "un"})
    assert page(text, **{"notes.txt": "deux"}) == (2, 0)


@pytest.mark.parametrize("block", [
    ".. code-block:: bash\n\n   python -m aide\n",
    ".. code-block:: python\n\n   import subprocess, sys\n   print(subprocess.run([sys.executable, 'aide.py'], capture_output=True, text=True).stdout)\n",
    ".. code-block:: python\n\n   try:\n       print(open('aide2.py').read())\n   except FileNotFoundError:\n       print('absent')\n",
])  # fmt: skip
def test_what_another_process_reads_is_noticed_and_what_was_absent(page, block: str) -> None:
    text = f"Page\n====\n\n{block}"
    assert page(text, **{"aide.py": "print(111)"}) == (1, 0)
    assert page(text) == (0, 1)
    assert page(text, **{"aide.py": "print(222)", "aide2.py": "print(222)"}) == (1, 0)
    assert "222" in (page.folder / "build/html/index.html").read_text("utf-8")


def test_a_form_feed_in_a_program_is_no_line(page) -> None:
    """Python's lines and those of ``str.splitlines`` differ there: keys and places follow Python's."""
    program = "a = 1\n\f\nx = {}  # → {}\nprint('{}')\n"
    text = "Page\n====\n\n\f\n\n.. literalinclude:: programme.py\n"
    assert page(text, **{"programme.py": program.format(1, 1, "un")}) == (1, 0)
    assert page(text, **{"programme.py": program.format(1, 1, "deux")}) == (1, 0)
    assert page(text, **{"programme.py": program.format(2, 2, "deux")}) == (1, 0)


def test_a_damaged_template_is_compiled_again(tmp_path: Path) -> None:
    write(tmp_path, {"conf.py": CONF, "index": "Page\n====\n\nUn.\n"})
    assert run_sphinx(tmp_path, "html").code == 0
    kept = list((tmp_path / "build/doctrees/templates").iterdir())
    damaged = [path for path in kept if b"</head>" in path.read_bytes()]
    for path in damaged:
        path.write_bytes(path.read_bytes().replace(b"</head>", b"</hxxd>"))
    write(tmp_path, {"index": "Page\n====\n\nDeux.\n"})
    built = run_sphinx(tmp_path, "html")
    assert damaged and "Deux." in built.read() and "</head>" in built.read() and "</hxxd>" not in built.read()


def test_blocks_cannot_write_in_the_sources(tmp_path: Path) -> None:
    text = "Page\n====\n\n.. code-block:: python\n   :raises: PermissionError\n\n   open('notes.txt', 'w')\n"
    write(tmp_path, {"conf.py": CONF, "index": text, "notes.txt": "un"})
    assert run_sphinx(tmp_path, "html").code == 0
    assert (tmp_path / "notes.txt").read_text() == "un"


def test_a_damaged_record_costs_a_run_never_a_wrong_page(page) -> None:
    """Random bytes flipped, files cut: the page is each time that of a clean build."""
    page(PAGE.format(x=1))
    clean = (page.folder / "build/html/index.html").read_text("utf-8")
    chance = random.Random(0)
    for _ in range(15):
        for entry in (page.folder / "_build/epreuve/results").glob("*/*.txt"):
            data = bytearray(entry.read_bytes())
            if chance.random() < 0.3:
                del data[chance.randrange(len(data)) :]
            elif data:
                data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            entry.write_bytes(bytes(data))
        page(PAGE.format(x=1) + f"\nPassage {chance.random()}.\n")
        now = (page.folder / "build/html/index.html").read_text("utf-8")
        assert now.count("ep-value") == clean.count("ep-value")
        assert [line for line in now.splitlines() if "0.8444" in line] == [line for line in clean.splitlines() if "0.8444" in line]


def test_two_cold_builds_are_the_same_bytes(tmp_path: Path) -> None:
    text = PAGE.format(x=1) + (
        "\n.. code-block:: python\n   :alt: une droite\n\n   import matplotlib.pyplot as plt\n   plt.plot([1, 2], label='é')\n"
        "   plt.legend()\n   plt.show()\n   object(), hash('a'), {'b', 'a', 'c'}\n"
    )
    sites = []
    for name in ("un", "dx"):  # as long as each other: where Python puts an object depends on the length of paths
        folder = tmp_path / name
        write(folder, {"conf.py": CONF.replace("()", "('matplotlib.pyplot',)", 1), "index": text})
        subprocess.run([sys.executable, "-m", "sphinx", "-q", "-b", "html", str(folder), str(folder / "out")], check=True, stderr=subprocess.DEVNULL)
        sites.append({p.relative_to(folder): p.read_bytes() for p in (folder / "out").rglob("*") if p.is_file() and ".doctrees" not in p.parts})
    assert sites[0].keys() == sites[1].keys()
    assert [str(p) for p in sites[0] if sites[0][p] != sites[1][p]] == []


def test_parallel_reading(tmp_path: Path) -> None:
    pages = {f"p{i}": PAGE.format(x=i) for i in range(8)}
    write(tmp_path, {"conf.py": CONF, "index": "I\n=\n\n.. toctree::\n   :glob:\n\n   p*\n", **pages})
    built = run_sphinx(tmp_path, "html", parallel=2)
    assert built.code == 0 and built.warnings == ""
    assert counts(tmp_path) == (24, 0)
    assert all(f"({i}, {i * 10}, " in built.read(f"p{i}.html").replace("</span>", "") or str(i * 10) in built.read(f"p{i}.html") for i in range(8))


def test_two_builds_at_once(tmp_path: Path) -> None:
    write(tmp_path, {"conf.py": CONF, "index": PAGE.format(x=1)})
    builds = [
        subprocess.Popen([sys.executable, "-m", "sphinx", "-q", "-b", "html", "-d", f"{tmp_path}/d{i}", str(tmp_path), f"{tmp_path}/out{i}"], stderr=subprocess.DEVNULL)
        for i in range(2)
    ]  # fmt: skip
    assert [b.wait(60) for b in builds] == [0, 0]
    pages = [(tmp_path / f"out{i}" / "index.html").read_text("utf-8") for i in range(2)]
    assert pages[0] == pages[1]


def test_include_and_literalinclude_have_their_own_lines(tmp_path: Path) -> None:
    write(tmp_path, {
        "conf.py": CONF + "exclude_patterns = ['commun']\n",
        "index": "Page\n====\n\n.. include:: commun/suite.rst\n   :start-after: Suite\n\n.. literalinclude:: commun/programme.py\n   :lines: 2-\n",
        "commun/suite.rst": "\n\nSuite\n\n.. code-block:: python\n\n   1 / 0\n",
        "commun/programme.py": "# titre\nx = 1\nx + inconnu\n",
    })  # fmt: skip
    built = run_sphinx(tmp_path, "html")
    problems = built.app.env.epreuve_proofs["index"].problems
    assert [str(p.place) for p in problems] == ["commun/suite.rst:7", "commun/programme.py:3"]


def test_pytest_items(tmp_path: Path) -> None:
    write(tmp_path, {"conf.py": CONF, "index": PAGE.format(x=1), "faux": ":orphan:\n\nFaux\n====\n\n.. code-block:: python\n\n   1  # → 2\n", "pytest.ini": "[pytest]\naddopts = -p epreuve.pytest_plugin\n"})
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "--rootdir", str(tmp_path), "index.rst", "faux.rst"], cwd=tmp_path, capture_output=True, text=True)
    assert "1 failed, 5 passed" in done.stdout
    assert "faux.rst:8: l’attendu ne correspond pas" in done.stdout


@pytest.mark.parametrize("choice", ["gpu", "cuda"])
def test_an_impossible_device_is_refused(tmp_path: Path, choice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EPREUVE_DEVICE", choice)
    monkeypatch.setattr("epreuve.settings.gpu_name", lambda: "")
    write(tmp_path, {"conf.py": CONF, "index": PAGE.format(x=1)})
    built = run_sphinx(tmp_path, "html")
    assert built.code == 2 and "choisir" in built.warnings


def test_fix_then_build_is_clean(tmp_path: Path) -> None:
    """``epreuve fix`` changes the expectations that are false, and nothing else."""
    text = PAGE.format(x=1) + '\n.. code-block:: python\n\n   x  # → 7\n   1 / 3  # ≈ 0.5\n   y  # → 10\n   print("a\\nb")\n   # → c\n'
    write(tmp_path, {"conf.py": CONF, "index": text})
    command = [sys.executable, "-m", "epreuve", "--source", str(tmp_path)]
    subprocess.run([*command, "fix"], check=True, capture_output=True)
    after = (tmp_path / "index.rst").read_text("utf-8")
    assert after == text.replace("# → 7", "# → 1").replace("≈ 0.5", "≈ 0.3").replace("   # → c\n", "   # → a\n   #   b\n")
    assert subprocess.run([*command, "check"], capture_output=True).returncode == 0


def test_fix_keeps_ends_of_lines_and_form_feeds(tmp_path: Path) -> None:
    text = "Page\r\n====\r\n\r\n\f\r\n.. code-block:: python\r\n\r\n   1 + 1  # → 3"
    write(tmp_path, {"conf.py": CONF, "index.rst": text.encode()})
    subprocess.run([sys.executable, "-m", "epreuve", "--source", str(tmp_path), "fix"], check=True, capture_output=True)
    assert (tmp_path / "index.rst").read_bytes() == text.replace("→ 3", "→ 2").encode()
