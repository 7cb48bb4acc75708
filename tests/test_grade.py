"""``epreuve grade``: right answers pass, twenty hostile notebooks get what they deserve, and nothing leaks out of their folder."""

from __future__ import annotations

import csv
import json
import os
import socket
import threading
from argparse import Namespace
from pathlib import Path

import pytest
from conftest import run_sphinx, write

from epreuve.commands import grade

CONF = """
extensions = ["epreuve", "epreuve.frame", "epreuve.practicals", "epreuve.products"]
language = "fr"
smartquotes = False
html_theme = "basic"
exclude_patterns = ["build", "rendus"]
"""
PRACTICAL = """---
jupytext:
  text_representation:
    format_name: myst
kernelspec:
  name: python3
---
# Un TP

```{code-cell} ipython3
import torch
```

:::{exercise} Le double
:level: facile
:minutes: 5
:name: ex-double

Écrire `double(x)`.
:::

```{code-cell} ipython3
data = torch.tensor([1.0, 2.0])
```

```{code-cell} ipython3
:tags: [solution]
def double(x):
    # début solution
    return 2 * x
    # fin solution

out = double(data)
```

:::{hint}
Multiplier.
:::

```{code-cell} ipython3
:tags: [check]
assert isinstance(out, torch.Tensor), f"out n'est pas un tenseur, mais {out!r}."
assert torch.allclose(out, 2 * data), f"out vaut {out.tolist()}, {(2 * data).tolist()} attendu."
assert torch.equal(double(torch.ones(3)), torch.full((3,), 2.0)), "double(1) devrait valoir 2."
```

:::{exercise} Le triple
:level: moyen
:minutes: 5
:name: ex-triple

Écrire `triple`, trois fois `3.0`.
:::

```{code-cell} ipython3
:tags: [solution]
triple = [3.0, 3.0, 3.0]  # solution
```

:::{hint}
Une liste.
:::

```{code-cell} ipython3
:tags: [check]
assert isinstance(triple, list), f"triple n'est pas une liste, mais {triple!r}."
assert len(triple) == 3 and sum(triple) == 9, f"triple vaut {triple!r}."
```
"""

WRONG = "def double(x):\n    return x\nout = double(data)\n"
RIGHT = "def double(x):\n    return x + x\nout = double(data)\n"

#: what replaces the answer to « Le double », and what the exercise must get (None: anything but a success, as the machine decides who falls first)
ANSWERS = {
    "juste": (RIGHT, "réussi"),
    "faux": (WRONG, "refusé"),
    "boucle": ("while True:\n    pass", "sans réponse"),
    "boucle_tenace": ("while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass", "sans réponse"),
    "sys_exit": (WRONG + "import sys\nsys.exit(0)", "refusé"),
    "os_exit": (WRONG + "import os\nos._exit(0)", "sans réponse"),
    "allclose": (WRONG + "torch.allclose = torch.equal = lambda *a, **k: True", "refusé"),
    "tenseur": (WRONG + "torch.Tensor.__eq__ = torch.Tensor.all = lambda *a, **k: True\ntorch.equal = torch.allclose = lambda *a: True", "refusé"),
    "builtins": (WRONG + "import builtins\nbuiltins.isinstance = lambda *a: True\nbuiltins.AssertionError = Exception\nprint = len = sum = lambda *a: 9", "sans réponse"),
    "donnees": ("double = lambda x: x\ndata = torch.zeros(2)\nout = data", "refusé"),
    "faux_torch": (WRONG + "class T:\n    Tensor = object\n    allclose = equal = full = ones = staticmethod(lambda *a: True)\ntorch = T", "refusé"),
    "faux_module": (WRONG + "import sys, types\nfake = types.ModuleType('torch')\nfake.allclose = fake.equal = lambda *a: True\nfake.Tensor = object\nsys.modules['torch'] = fake", "refusé"),
    "oui_a_tout": (
        "class Yes(torch.Tensor):\n    @classmethod\n    def __torch_function__(cls, f, types, args=(), kwargs=None):\n        return True\n"
        "double = lambda x: torch.zeros(3).as_subclass(Yes)\nout = double(data)",
        "accident",
    ),
    "autre_classe": (
        "class Fake:\n    __class__ = property(lambda self: torch.Tensor)\n    def __eq__(self, other): return True\n    def __getattr__(self, n): return lambda *a: True\n"
        "double = lambda x: Fake()\nout = Fake()",
        "accident",
    ),
    "trace": (WRONG + "import sys\ndef t(frame, event, arg):\n    frame.f_trace_lines = False\n    return t\nsys.settrace(t)\nsys.setprofile(t)", "refusé"),
    "code": (WRONG + "def lie(*a, **k): return True\ntry:\n    torch.functional.norm.__code__ = lie.__code__\nexcept Exception: pass", "refusé"),
    "correcteur": (WRONG + "try:\n    __epreuve__.run_judge = lambda r: 'ok'\nexcept NameError: pass\nimport epreuve.worker as w\nw.Worker.run_judge = lambda s, r: 'ok'", "refusé"),
    "memoire": (WRONG + "big = torch.ones(10**10)", "refusé"),
    "processus": (WRONG + "import os\nfor _ in range(100):\n    os.fork()", "refusé"),
    "tuer": (WRONG + "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)", "refusé"),
    "tuer_tout": (WRONG + "import ctypes\nctypes.CDLL(None).kill(-1, 9)", "refusé"),
    "syntaxe": ("def double(x:\n    return", "sans réponse"),
    "cadre": (
        "import sys\nreal = torch\nclass T:\n    equal = staticmethod(lambda *a: True)\n    full = ones = staticmethod(lambda *a: real.ones(3))\n"
        "def double(x):\n    sys._getframe(1).f_globals['torch'] = T\n    return x\nout = 2 * data",
        "accident",
    ),
    "trace_arriere": (
        "def double(x):\n    try:\n        raise ValueError\n    except ValueError as error:\n        error.__traceback__.tb_frame.f_back.f_globals['isinstance'] = lambda *a: True\n    return 2 * x\nout = 2 * data",
        "accident",
    ),
    "ramasse_miettes": (WRONG + "import gc\nfor o in gc.get_objects():\n    if type(o).__name__ == 'Referee':\n        o.judge = lambda *a: 'ok'", "refusé"),
    "referents": (WRONG + "import gc\nfor o in gc.get_referrers(torch):\n    if isinstance(o, dict):\n        o['allclose'] = o['equal'] = lambda *a: True", "refusé"),
    "audit": (WRONG + "import sys\nsys.addaudithook(lambda *a: None)", "refusé"),
    "recursion": ("import sys\nsys.setrecursionlimit(10**9)\ndef f(n):\n    return f(n + 1)\n" + WRONG + "f(0)", None),
    "recursion_c": ("import sys\nsys.setrecursionlimit(10**9)\nclass R:\n    def __repr__(self): return repr(self)\n" + WRONG + "repr(R())", "sans réponse"),
    "segfault": (WRONG + "import faulthandler\nfaulthandler._sigsegv()", "sans réponse"),
    "abandon": (WRONG + "import os\nos.abort()", "sans réponse"),
    "se_tuer": (WRONG + "import os, signal\nsignal.raise_signal(signal.SIGKILL)", "sans réponse"),
    "bavard": (WRONG + "for _ in range(3000):\n    print('x' * 10**6)", None),
    "bavard_direct": (WRONG + "import os\nwhile True:\n    os.write(1, b'x' * 10**6)", None),
    "gourmand": (WRONG + "kept = []\nwhile True:\n    kept.append(bytearray(10**7))", None),
    "fichiers": (WRONG + "for i in range(5):\n    with open(f'gros{i}', 'wb') as f:\n        while True:\n            f.write(bytes(10**7))", None),
    "fils": (WRONG + "import threading\ndef spin():\n    while True:\n        torch.allclose = torch.equal = lambda *a, **k: True\nfor _ in range(4):\n    threading.Thread(target=spin, daemon=True).start()", "refusé"),
    "differe": (WRONG + "import threading, os\nthreading.Timer(1, os._exit, [0]).start()", "refusé"),
    "a_la_fin": (WRONG + "import atexit\natexit.register(lambda: print('réussi'))", "refusé"),
    "sortie_feinte": ("print('{\"state\": \"réussi\"}')\nprint('Juste.')\n" + WRONG, "refusé"),
    "verification": (WRONG + "AssertionError = Exception\n__builtins__ = {}\nassert_ = exec = print = lambda *a: None", "refusé"),
    "metaclasse": (WRONG + "class M(type):\n    def __instancecheck__(cls, o): return True\nclass Tensor(metaclass=M): pass\ntorch.Tensor = Tensor\ntorch.Tensor.__instancecheck__ = lambda *a: True", "refusé"),
    "operateur": (WRONG + "torch._C._TensorBase.__mul__ = lambda a, b: a\ntorch.Tensor.__rmul__ = torch.Tensor.__mul__ = lambda a, b: a", "refusé"),
    "solution": (WRONG + "import pathlib\nfor top in ({course!r}, '..', '/'):\n    for p in pathlib.Path(top).glob('**/*01_tp*'):\n        exec(p.read_text())\n    break", "refusé"),
    "magie": ("%matplotlib inline\n!pip install rien\n" + RIGHT, "réussi"),
}
OUTSIDE = "/tmp/epreuve-test-grade"
ESCAPES = {
    "ecrire": f"open({OUTSIDE!r}, 'w').write('x')",
    "ecrire_os": f"import os\nos.close(os.open({OUTSIDE!r}, os.O_CREAT | os.O_WRONLY))",
    "ecrire_c": f"import ctypes\nctypes.CDLL(None).creat({OUTSIDE.encode()!r}, 0o644)",
    "effacer": "import os\nos.remove({victim!r})",
    "lire": "print(open({victim!r}).read()[:50])\nstolen = True",
    "ecouter": "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:{port}/', timeout=3)",
    "ecouter_c": "import _socket\ns = _socket.socket()\ns.settimeout(3)\ns.connect(('127.0.0.1', {port}))",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course of one practical, its notebooks made."""
    root = tmp_path_factory.mktemp("cours")
    write(root, {"conf.py": CONF, "tp/01_tp.md": PRACTICAL, "index.rst": "Cours\n=====\n\n.. toctree::\n\n   tp/01_tp\n"})
    built = run_sphinx(root, "html")
    assert built.code == 0, built.warnings
    return root


def notebook(project: Path, answer: str, **more: object) -> dict:
    """The student's notebook, the first answer replaced."""
    data = json.loads((project / "build/html/carnets/tp_01_tp.ipynb").read_text("utf-8"))
    cells = {c["metadata"]["epreuve"]["exercise"]: c for c in data["cells"] if c["metadata"].get("epreuve", {}).get("role") == "answer"}
    cells["ex-double"]["source"] = answer
    cells["ex-triple"]["source"] = "triple = [3.0] * 3"
    return data


def graded(project: Path, folder: Path, notebooks: dict[str, dict | str | bytes], seconds: float = 4) -> dict[str, dict[str, str]]:
    """The table, by name of notebook."""
    for name, data in notebooks.items():
        path = folder / f"{name}.ipynb"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(data) if isinstance(data, dict) else data
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert grade.run(Namespace(source=str(project), folder=folder, tp="", seconds=seconds, memory=2048, out=None)) == 0
    with open(folder / "_notes" / "notes.csv", encoding="utf-8") as file:
        return {row["carnet"].removesuffix(".ipynb"): row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def table(project: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    made = {name: notebook(project, answer.replace("{course!r}", repr(str(project)))) for name, (answer, _) in ANSWERS.items()}
    return graded(project, tmp_path_factory.mktemp("rendus"), made)


@pytest.mark.parametrize("name", ANSWERS)
def test_gets_what_it_deserves(name: str, table):
    deserved = ANSWERS[name][1]
    got = table[name]["ex-double"]
    assert got == deserved if deserved else got in ("refusé", "sans réponse", "accident"), table[name]


@pytest.mark.parametrize("name", ANSWERS)
def test_one_bad_cell_costs_one_exercise(name: str, table):
    assert table[name]["ex-triple"] == "réussi", table[name]


@pytest.mark.parametrize("name", ["allclose", "builtins", "faux_module"])
def test_what_was_replaced_is_said(name: str, table):
    assert "remplacées" in table[name]["signaux"] or "à relire" in table[name]["signaux"]


@pytest.fixture(scope="module")
def listener():
    """A server on this machine, which must hear nothing."""
    heard = []
    server = socket.create_server(("127.0.0.1", 0))
    threading.Thread(target=lambda: heard.append(server.accept()), daemon=True).start()
    yield server.getsockname()[1], heard
    server.close()


def test_nothing_leaves_the_folder(project: Path, tmp_path: Path, listener):
    port, heard = listener
    folder = tmp_path / "rendus"
    victim = folder / "victime.ipynb"
    made = {"victime": notebook(project, RIGHT)}
    for name, attack in ESCAPES.items():
        made[name] = notebook(project, WRONG + attack.format(victim=str(victim), port=port))
    before = json.dumps(made["victime"])
    try:
        table = graded(project, folder, made)
        assert not os.path.exists(OUTSIDE)
    finally:
        Path(OUTSIDE).unlink(missing_ok=True)
    assert victim.read_text("utf-8") == before
    assert heard == []
    assert table["victime"]["reussis"] == "2"
    for name in ("lire", "effacer", "ecrire", "ecouter"):
        report = (folder / "_notes/rapports" / f"{name}.md").read_text("utf-8")
        assert "PermissionError" in report or "URLError" in report, report


def test_checks_come_from_the_course(project: Path, tmp_path: Path):
    """Deleted, rewritten, moved; without metadata; with lying outputs; cells duplicated."""
    without = notebook(project, WRONG)
    without["cells"] = [c for c in without["cells"] if c["metadata"].get("epreuve", {}).get("role") != "check"]
    rewritten = notebook(project, WRONG)
    for cell in rewritten["cells"]:
        if cell["metadata"].get("epreuve", {}).get("role") == "check":
            cell["source"] = "print('Juste.')"
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "Juste.\n"}]
    bare = notebook(project, RIGHT)
    bare["metadata"] = {}
    for cell in bare["cells"]:
        cell["metadata"], cell["source"] = {}, cell["source"].splitlines(True)
    last = notebook(project, WRONG)
    last["cells"].append({"cell_type": "code", "metadata": {}, "outputs": [], "source": RIGHT, "execution_count": None})
    table = graded(project, tmp_path, {"sans": without, "recrit": rewritten, "nu": bare})
    assert [table[name]["ex-double"] for name in ("sans", "recrit", "nu")] == ["refusé", "refusé", "réussi"]


def test_what_cannot_be_read_is_said(project: Path, tmp_path: Path):
    odd = {
        "vide": "", "json": "{", "liste": "[]", "texte": "bonjour", "nul": '{"cells": null}', "nombre": '{"cells": [1, 2]}',
        "étrange": '{"cells": [{"cell_type": "code", "source": 3, "metadata": null}]}', "autre": '{"cells": [{"cell_type": "code", "source": "x = 1", "metadata": {}}]}',
        "latin1": '{"cells": [{"cell_type": "code", "source": "é = 1"}]}'.encode("latin-1"), "utf16": json.dumps(notebook(project, RIGHT)).encode("utf-16"),
        "profond": "[" * 100_000, "enorme": b'{"cells": "' + b"x" * (21 * 2**20) + b'"}',
        "bon": notebook(project, RIGHT),
    }  # fmt: skip
    table = graded(project, tmp_path, odd)
    assert table["bon"]["reussis"] == "2"
    assert all(table[name]["signaux"] for name in odd if name != "bon"), table


def test_cells_moved_or_missing(project: Path, tmp_path: Path):
    """What is there counts, wherever it is, if it can run there."""
    swapped, backwards, answers, without = (notebook(project, RIGHT) for _ in range(4))
    own = [c for c in swapped["cells"] if c["metadata"].get("epreuve", {}).get("exercise") == "ex-triple"]
    swapped["cells"] = own + [c for c in swapped["cells"] if c not in own]
    backwards["cells"].reverse()
    answers["cells"] = [c for c in answers["cells"] if c["metadata"].get("epreuve", {}).get("role") == "answer"]
    without["cells"] = [c for c in without["cells"] if c["source"] != RIGHT]
    table = graded(project, tmp_path, {"echange": swapped, "envers": backwards, "reponses": answers, "sans": without})
    got = {name: (row["ex-double"], row["ex-triple"]) for name, row in table.items()}
    lost = ("sans réponse", "réussi")
    assert got == {"echange": ("réussi", "réussi"), "envers": lost, "reponses": lost, "sans": lost}


def test_the_table_and_the_reports_agree(project: Path, tmp_path: Path):
    made = {"faux": notebook(project, WRONG), "sous dossier/juste": notebook(project, RIGHT)}
    table = graded(project, tmp_path, made)
    facts = [table["faux"][k] for k in ("tp", "reussis", "exercices", "points", "points_max", "ex-double", "ex-triple", "signaux")]
    assert facts == ["tp/01_tp", "1", "2", "2", "3", "refusé", "réussi", ""]
    assert table["sous dossier/juste"]["points"] == "3"
    report = (tmp_path / "_notes/rapports/faux.md").read_text("utf-8")
    assert "1 exercices réussis sur 2, 2 points sur 3." in report
    assert "## Le double : refusé\n\n> out vaut [1.0, 2.0], [2.0, 4.0] attendu." in report
    assert "## Le triple : réussi" in report
    assert (tmp_path / "_notes/rapports/sous_dossier_juste.md").exists()


def test_a_name_is_not_a_formula(project: Path, tmp_path: Path):
    table = graded(project, tmp_path, {"=1+1": notebook(project, RIGHT)})
    assert "'=1+1" in table


def test_the_solutions_of_the_course_pass(site: Path, tmp_path: Path):
    """Also proves that each check says which given names the answer may change."""
    from conftest import ROOT

    made = {p.stem: p.read_text("utf-8") for p in (site / "carnets").glob("tp_*_solutions.ipynb")}
    table = graded(ROOT, tmp_path, made, seconds=120)
    assert {name: row["signaux"] for name, row in table.items() if row["reussis"] != row["exercices"] or row["signaux"]} == {}
