"""Pages that hang, crash, flood or flee: each is reported at its line, the others are intact, nothing is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from conftest import run_sphinx, write

CONF = """
extensions = ['epreuve']
epreuve_preload = ()
epreuve_device = 'cpu'
epreuve_timeout = 2
epreuve_memory = 400
"""

#: page → (code, expected (problem code, line of the page) or None, something that must be on the page or None)
PAGES = {
    "boucle": ("x = 1\nwhile True:\n    pass", ("timeout", 7), None),
    "boucle_sourde": ("while True:\n    try:\n        while True: pass\n    except BaseException:\n        pass", ("timeout", 8), None),
    "bavarde": ("while True:\n    print('encore')", ("timeout", 7), "caractères coupés"),
    "segfault": ("import ctypes\nctypes.string_at(0)", ("killed", 7), None),
    "abandon": ("import os\nos._exit(3)", ("killed", 6), None),
    "tue": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", ("killed", 6), None),
    "gourmande": ("a = bytearray(4 * 2**30)", ("error", 6), None),
    "enfants": (
        "import os, time\nfor _ in range(20):\n    if os.fork() == 0:\n        time.sleep(600)\nprint('partis')", None, "partis",
    ),
    "enfants_detaches": ("import subprocess\nsubprocess.Popen(['sleep', '601'], start_new_session=True)\nprint('parti')", None, "parti"),
    "inondation": ("print('x' * 100_000_000)\nprint('fin')", None, "caractères coupés"),
    "inondation_c": ("import os\nos.system('yes | head -c 100000000')\nprint('fin')", None, "caractères coupés"),
    "sans_dossier": ("import os, shutil\nd = os.getcwd()\nos.chdir('/')\nshutil.rmtree(d)\nprint('ici')", None, "ici"),
    "octets": ("import os, sys\nos.write(1, bytes([255, 254, 10]))\nprint('\\ud800')\nprint('suite')", None, "suite"),
    "fils": ("import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()\nprint('parti')", None, "parti"),
    "sortie_fermee": ("import os, sys\nos.close(1)\nsys.stdout = None", None, None),
    "faux_fils": ("import os\nif os.fork() == 0:\n    x = 'enfant'", None, None),
    "demon": ("import os, time\nif os.fork():\n    os._exit(0)\ntime.sleep(600)", ("killed", 6), None),
    "socket_fermee": (
        "import os\nos.closerange(3, 256)\nwhile True:\n    try:\n        while True: pass\n    except BaseException: pass", ("killed", 6), None,
    ),
    "socket_brouillee": (
        "import os\nfor fd in range(3, 30):\n    try: os.write(fd, bytes([0, 0, 0, 2]) + b'{}')\n    except OSError: pass", ("killed", 6), None,
    ),
    "parent_tue": ("import os, subprocess\nsubprocess.run(['kill', '-9', str(os.getppid())])\nprint('seul')", None, "seul"),
    "inondation_sans_fin": ("import os, time\nos.ftruncate(1, 2**31)\ntime.sleep(1.9)", ("memory", 8), None),
    "valeur_longue": ("'x ' * 10_000_000", None, "caractères coupés"),
    "tres_imbrique": ("x = " + "-" * 20_000 + "1", ("error", 6), None),
    "source_effacee": ("import os\nos.truncate('conf.py', 0)", ("error", 7), None),
    "trop_tard": (
        "def g(i):\n    if i: raise ValueError\n    return 0\nfor i in range(2):\n    try:\n        g(i)  # → 0\n    except ValueError: pass\nprint('vue')",
        None, '<span></span>vue',
    ),
    "sortie_close": ("import sys\nsys.stdout.close()\nprint('encore là', flush=True)", None, "encore là"),
    "provisoires": ("import tempfile\n_ = tempfile.mkdtemp(), tempfile.mkstemp()\nprint('laissés')", None, "laissés"),
    "saine": ("1 + 1", None, "2"),
}  # fmt: skip


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """All the pages, built once."""
    folder = tmp_path_factory.mktemp("hostile")
    texts = {name: page(name, code) for name, (code, _, _) in PAGES.items()}
    write(folder, {"conf.py": CONF, "index": "Pages\n=====\n\n.. toctree::\n\n" + "".join(f"   {n}\n" for n in PAGES), **texts})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(tmp_path_factory.mktemp("scratch")))
        result = run_sphinx(folder, "html")
        left = os.listdir(tempfile.gettempdir())
    return result, set(left)


def page(name: str, code: str) -> str:
    """A title, a hostile block at line 6, an innocent one."""
    indented = "\n".join("   " + line for line in code.splitlines())
    return f"{name}\n{'=' * len(name)}\n\n.. code-block:: python\n\n{indented}\n\n.. code-block:: python\n\n   'après'\n"


@pytest.mark.parametrize("name", PAGES)
def test_report(name: str, built) -> None:
    result, _ = built
    proof = result.app.env.epreuve_proofs[name]
    _, expected, shown = PAGES[name]
    assert [(p.code, p.place.line) for p in proof.problems] == ([expected] if expected else [])
    assert shown is None or shown in result.read(f"{name}.html")
    assert (result.outdir / f"{name}.html").exists()


def test_what_follows_a_crash_is_folded_under_it(built) -> None:
    result, _ = built
    (problem,) = result.app.env.epreuve_proofs["segfault"].problems
    assert "bloqués par ce bloc : segfault.rst:11" in problem.detail
    assert " 0 Mio" not in str(problem)
    assert "SIGSEGV" in problem.message


def test_block_after_a_deadline_still_runs(built) -> None:
    result, _ = built
    assert "après" in result.read("boucle.html")


def test_nothing_survives(built) -> None:
    _, left = built
    assert left == set()
    alive = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
    assert "sleep 601" not in alive


def children_of(pid: int) -> set[int]:
    from epreuve.warm import descendants

    return set(descendants(pid))


@pytest.mark.parametrize("moment", [0.6, 1.2, 2.0])
def test_interrupted_build_leaves_nothing(tmp_path: Path, moment: float) -> None:
    """Ctrl-C while a block runs: every process ends, the scratch folder goes."""
    write(tmp_path, {"conf.py": CONF.replace("= 2", "= 60"), "index": page("index", "import time\ntime.sleep(60)")})
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    build = subprocess.Popen(
        [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(tmp_path), str(tmp_path / "out")],
        env=environment, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(moment)
    born = children_of(build.pid)
    build.send_signal(signal.SIGINT)
    assert build.wait(20) != 0
    deadline = time.time() + 10
    while any(alive(pid) for pid in born) and time.time() < deadline:
        time.sleep(0.1)
    assert [pid for pid in born if alive(pid)] == []
    assert list((tmp_path / "tmp").glob("epreuve-*")) == []


def alive(pid: int) -> bool:
    """Whether a process still runs (a zombie does not)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_killed_build_leaves_no_process(tmp_path: Path) -> None:
    """SIGKILL of Sphinx itself: the warm process sees its socket close."""
    write(tmp_path, {"conf.py": CONF.replace("= 2", "= 60"), "index": page("index", "while True:\n    pass")})
    build = subprocess.Popen(
        [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(tmp_path), str(tmp_path / "out")],
        stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(2)
    born = children_of(build.pid)
    assert born
    build.kill()
    build.wait()
    deadline = time.time() + 10
    while any(alive(pid) for pid in born) and time.time() < deadline:
        time.sleep(0.1)
    assert [pid for pid in born if alive(pid)] == []


def test_a_build_ended_while_it_loads_leaves_nothing(tmp_path: Path) -> None:
    """SIGTERM before anything is born: no folder, and no process that would first load everything."""
    conf = CONF.replace("()", "('epreuve_lent',)")
    write(tmp_path, {"conf.py": conf, "epreuve_lent.py": "import time\ntime.sleep(60)\n", "index": page("index", "1")})
    (tmp_path / "tmp").mkdir()
    build = subprocess.Popen(
        [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(tmp_path), str(tmp_path / "out")],
        env={**os.environ, "TMPDIR": str(tmp_path / "tmp")}, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    deadline = time.time() + 20
    while not (born := children_of(build.pid)) and time.time() < deadline:
        time.sleep(0.05)
    time.sleep(0.5)
    build.terminate()
    assert born and build.wait(20) != 0
    while any(alive(pid) for pid in born) and time.time() < deadline:
        time.sleep(0.1)
    assert [pid for pid in born if alive(pid)] == []
    assert list((tmp_path / "tmp").iterdir()) == []


FIGURE = "Page\n====\n\n.. code-block:: python\n   :alt: une droite\n\n   import matplotlib.pyplot as plt\n   plt.plot([1, 2])\n   plt.title({title!r})\n"


def test_a_figure_that_cannot_be_drawn_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, {"conf.py": CONF, "index": FIGURE.format(title="$\\frac{$")})
    built = run_sphinx(tmp_path, "html")
    assert built.code == 1 and "ValueError imprévue" in built.warnings


def test_a_damaged_figure_is_written_again(tmp_path: Path) -> None:
    write(tmp_path, {"conf.py": CONF, "index": FIGURE.format(title="t")})
    assert run_sphinx(tmp_path, "html").code == 0
    (figure,) = (tmp_path / "_build/epreuve/figures").iterdir()
    clean = figure.read_bytes()
    figure.write_bytes(clean[: len(clean) // 2])
    write(tmp_path, {"index": FIGURE.format(title="t") + "\nAutre texte.\n"})
    assert run_sphinx(tmp_path, "html").code == 0
    assert figure.read_bytes() == clean == (tmp_path / "build/html/_images" / figure.name).read_bytes()
