"""The Makefile on machines that lack something: one clear message, the remedy, no traceback. Nothing is really installed here."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TOOLS = "sh make sed awk cat cp mkdir head tail df rm pwd env id chmod dirname grep mktemp tee bash ln".split()

# A Python that obeys the environment: its version, whether it has venv, what pip says.
PYTHON = r"""#!/bin/sh
echo "python $*" >> "$CALLS"
case "$*" in
*"version_info < "*) [ "$FAKE_MINOR" -ge 11 ] ;;
*"%d.%d.%d"*) printf '3.%s.1' "$FAKE_MINOR" ;;
*"import venv, ensurepip"*) [ "$FAKE_VENV" = yes ] ;;
*"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
*"-m pip install"*) printf "Collecting torch==2.13.0\nInstalling collected packages: torch\n"; printf '%b\n' "$FAKE_PIP"; [ -z "$FAKE_PIP" ] ;;
*tests/browser.py*) [ -e "$BROWSER" ] ;;
*"playwright install"*) [ "$FAKE_PLAYWRIGHT" != yes ] || : > "$BROWSER" ;;
*"-m epreuve"*) exit "$FAKE_BUILD" ;;
esac
"""
APT = r"""#!/bin/sh
echo "apt-get $*" >> "$CALLS"
case "$*" in *"install"*chromium*) [ "$FAKE_APT" = yes ] && : > "$BROWSER" ;; esac
"""


@dataclass(frozen=True)
class Machine:
    """A clone of the repository's entrance, on a PATH that holds only what it is given."""

    clone: Path
    bin: Path
    calls: Path

    def make(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        self.calls.write_text("")
        defaults = dict(FAKE_MINOR="11", FAKE_VENV="yes", FAKE_PIP="", FAKE_BUILD="0", FAKE_APT="no", FAKE_PLAYWRIGHT="no")
        places = dict(PATH=str(self.bin), HOME=str(self.bin), CALLS=str(self.calls), BROWSER=str(self.bin / "navigateur"))
        return subprocess.run(
            ["make", *arguments], cwd=self.clone, env=defaults | places | environment, capture_output=True, text=True, timeout=60
        )

    def called(self, words: str) -> int:
        return self.calls.read_text().count(words)


def script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    clone, folder = tmp_path / "École d'été (données) $x", tmp_path / "bin"
    folder.mkdir()
    for tool in TOOLS:
        (folder / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")
    script(folder / "python3", PYTHON)
    shutil.copytree(ROOT / ".ci", clone / ".ci")
    (clone / "tests").mkdir()
    for name in ("Makefile", "requirements.txt", "pyproject.toml", "tests/requirements.txt"):
        shutil.copy(ROOT / name, clone / name)
    return Machine(clone, folder, tmp_path / "calls")


def test_installs_once_then_only_when_the_requirements_change(machine: Machine):
    first = machine.make("site")
    assert first.returncode == 0, first.stderr
    assert "\n  torch\n  copie des fichiers…\n" in first.stderr, "l'avancement se voit"
    assert machine.called("-m pip install") == 1
    assert machine.make("site").returncode == 0
    assert machine.called("-m pip install") == machine.called("-m venv") == 0
    with (machine.clone / "requirements.txt").open("a") as file:
        file.write("six==1.17.0\n")
    assert machine.make("site").returncode == 0
    assert machine.called("-m pip install") == 1
    assert machine.called("-m venv") == 0


def test_a_moved_clone_gets_a_new_environment(machine: Machine, tmp_path: Path):
    machine.make("site")
    moved = Machine(machine.clone.rename(tmp_path / "ailleurs"), machine.bin, machine.calls)
    assert moved.make("site").returncode == 0
    assert moved.called("-m venv --clear") == 1


def test_an_interrupted_installation_starts_again(machine: Machine):
    machine.make("site", FAKE_PIP="ERROR: rien")
    assert machine.make("site").returncode == 0
    assert machine.called("-m pip install") == 1


def test_another_python_asked_for_makes_another_environment(machine: Machine):
    machine.make("site")
    script(machine.bin / "python3.12", PYTHON.replace("3.%s.1", "3.12.%s"))
    machine.make("site", "PYTHON=python3.12")
    assert machine.called("-m venv --clear") == 1


def test_the_exit_status_is_that_of_the_build(machine: Machine):
    assert machine.make("site", FAKE_BUILD="1").returncode != 0


def test_a_second_python_on_the_path_is_found(machine: Machine):
    script(machine.bin / "python3.12", PYTHON.replace('"$FAKE_MINOR" -ge', "12 -ge"))
    assert machine.make("site", FAKE_MINOR="9").returncode == 0


PIP_UNREACHABLE = (
    "WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection broken by "
    "'NewConnectionError('<pip._vendor.urllib3.connection.HTTPSConnection object>: Failed to establish a new connection: "
    "[Errno -3] Temporary failure in name resolution')': /simple/sphinx/\\n"
    "ERROR: Could not find a version that satisfies the requirement sphinx==9.0.4 (from versions: none)\\n"
    "ERROR: No matching distribution found for sphinx==9.0.4"
)
PIP_FULL = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
PIP_MISSING = "ERROR: No matching distribution found for torch==2.13.0"


@pytest.mark.parametrize(
    ("lacks", "fact", "remedy"),
    [
        (dict(FAKE_MINOR="9"), "« python3 » est Python 3.9.1", "make site PYTHON="),
        (dict(FAKE_VENV="no"), "n'a pas le module venv", "sudo apt install python3.11-venv"),
        (dict(FAKE_PIP=PIP_UNREACHABLE), "registre des paquets Python ne répond pas", "pip config list"),
        (dict(FAKE_PIP=PIP_FULL), "disque plein", "Libérer environ"),
        (dict(FAKE_PIP=PIP_MISSING), "le registre n'a pas torch==2.13.0 pour Python 3.11.1", "make site PYTHON=python3.12"),
        (dict(FAKE_PIP="ERROR: le fait nouveau"), "ERROR: le fait nouveau", "relancer la même commande"),
    ],
    ids=["python trop vieux", "sans venv", "sans registre", "disque plein", "version absente", "autre"],
)
@pytest.mark.parametrize("target", ["site", "test"])
def test_what_is_missing_is_said_once_with_its_remedy(machine: Machine, target: str, lacks: dict, fact: str, remedy: str):
    done = machine.make(target, **lacks)
    assert done.returncode != 0
    assert done.stderr.count("Arrêt :") == 1
    assert fact in done.stderr
    assert remedy in done.stderr
    assert machine.called("-m epreuve") == machine.called("-m pytest") == 0


def test_without_any_python(machine: Machine):
    (machine.bin / "python3").unlink()
    done = machine.make("site")
    assert done.returncode != 0
    assert "« python3 » est introuvable" in done.stderr


def test_a_browser_that_is_there_is_not_installed_again(machine: Machine):
    script(machine.bin / "apt-get", APT)
    (machine.bin / "navigateur").touch()
    assert machine.make("test").returncode == 0
    assert machine.called("apt-get") == 0


root_only = pytest.mark.skipif(os.geteuid() != 0, reason="l'installation du navigateur demande d'être administrateur")


@root_only
def test_the_browser_comes_from_the_system(machine: Machine):
    script(machine.bin / "apt-get", APT)
    assert machine.make("test", FAKE_APT="yes").returncode == 0
    assert machine.called("apt-get -qq update") == 1
    assert machine.called("playwright install") == 0


@root_only
def test_or_from_playwright_where_the_system_has_only_a_snap(machine: Machine):
    script(machine.bin / "apt-get", APT)
    assert machine.make("test", FAKE_PLAYWRIGHT="yes").returncode == 0
    assert machine.called("playwright install") == 1


def test_without_a_browser_the_tests_still_run_and_it_is_said(machine: Machine):
    done = machine.make("test")
    assert done.returncode == 0
    assert "Aucun navigateur" in done.stderr
    assert machine.called("-m pytest") == 1


def test_a_snap_stub_is_not_a_browser(tmp_path: Path):
    from epreuve.browser import works

    script(tmp_path / "stub", "#!/bin/sh\necho 'Command requires the chromium snap to be installed.' >&2; exit 1\n")
    script(tmp_path / "snap", "#!/bin/sh\necho 'Chromium 131.0.6778.85 snap'\n")
    script(tmp_path / "true", "#!/bin/sh\necho 'Chromium 131.0.6778.85 built on Debian 12'\n")
    assert [works(str(tmp_path / name)) for name in ("stub", "snap", "true", "absent")] == [False, False, True, False]


@pytest.fixture
def pytester_dir(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs pytest with this conftest on one test that wants a browser, where none can be found."""
    for name in ("conftest.py", "browser.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path / name)
    (tmp_path / "test_page.py").write_text("def test_page(browser): pass\n")
    (tmp_path / "browser.py").write_text("FLAGS = ()\ndef find_browser(): return None\n")

    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", str(tmp_path)]
        kept = {name: value for name, value in os.environ.items() if name != "CI"}
        return subprocess.run(command, cwd=tmp_path, env=kept | environment, capture_output=True, text=True, timeout=120)

    return run


def test_tests_left_out_are_listed(pytester_dir):
    done = pytester_dir()
    assert done.returncode == 0
    assert "Tests non exécutés : aucun navigateur" in done.stdout
    assert "test_page.py::test_page" in done.stdout


def test_tests_left_out_fail_the_integration(pytester_dir):
    done = pytester_dir(CI="true")
    assert done.returncode == 1
    assert "c'est un échec" in done.stdout
    assert done.stdout.rstrip().splitlines()[-1].startswith("=") and "1 skipped" in done.stdout.rstrip().splitlines()[-1]
