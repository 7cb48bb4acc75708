"""What the tests share: a browser, small Sphinx projects, the built course. Tests left out for want of a browser are listed."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browser import FLAGS, find_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser
    from sphinx.application import Sphinx

ROOT = Path(__file__).resolve().parent.parent
NO_BROWSER = "aucun navigateur"
NOT_RUN = pytest.StashKey[list[str]]()

signal.signal(signal.SIGINT, signal.default_int_handler)  # a runner in the background ignores Ctrl-C; what tests start must not


# ---- small projects ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Built:
    """What one build left."""

    srcdir: Path
    outdir: Path
    status: str  # what Sphinx printed
    warnings: str  # what it warned about, without colours
    code: int  # exit status: 0 when all is well
    app: Sphinx | None  # None when the build stopped before it had one

    def read(self, name: str = "index.html") -> str:
        return (self.outdir / name).read_text("utf-8")


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Built]:
    """`build({"index": "…", "img/x.svg": b"…"}, extensions=["epreuve"], conf="…", builder="revealjs")`.

    A name without a suffix is a page. A second call adds to the same project and builds what changed; the builders share the doctrees.
    """

    def build(
        pages: Mapping[str, str | bytes] | None = None,
        *,
        extensions: list[str] | None = None,
        conf: str = "",
        builder: str = "html",
        parallel: int = 1,
        srcdir: Path = tmp_path / "projet",
        **more_pages: str,
    ) -> Built:
        settings = f"extensions = {extensions or ['epreuve']!r}\nlanguage = 'fr'\nsmartquotes = False\nhtml_theme = 'basic'\n{conf}"
        write(srcdir, {"conf.py": settings, **(pages or {}), **more_pages})
        return run_sphinx(srcdir, builder, parallel)

    return build


def write(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / (name if "." in Path(name).name else f"{name}.rst")
        content = content.encode() if isinstance(content, str) else content
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)


def run_sphinx(srcdir: Path, builder: str, parallel: int = 1) -> Built:
    from sphinx.application import Sphinx
    from sphinx.errors import SphinxError
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    status, warnings, app, code = io.StringIO(), io.StringIO(), None, 2
    outdir = srcdir / "build" / builder
    with patch_docutils(srcdir), docutils_namespace():
        try:
            app = Sphinx(
                srcdir, srcdir, outdir, srcdir / "build" / "doctrees", builder, status=status, warning=warnings, parallel=parallel,
                confoverrides={"source_suffix": {".rst": "restructuredtext"}},  # else one dictionary for all the projects of the process
            )  # fmt: skip
            app.build()
            code = app.statuscode
        except SphinxError as error:
            warnings.write(f"{error.category}: {error}\n")
    return Built(srcdir, outdir, plain(status.getvalue()), plain(warnings.getvalue()), code, app)


def plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


# ---- the course -------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def site() -> Path:
    """`build/html` of the course, built by `make site` when it is not there; the variable COURS names another folder."""
    html = Path(os.environ.get("COURS", ROOT / "build" / "html")).resolve()
    if not (html / "index.html").exists():
        done = subprocess.run(["make", "-s", "site"], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, f"make site a échoué :\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return html


@pytest.fixture(scope="session")
def teachers_site(site: Path) -> Path:
    """What `make teacher` builds, from the results that are already there."""
    done = subprocess.run(["make", "-s", "teacher"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"make teacher a échoué :\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return ROOT / "build" / "enseignant"


@pytest.fixture(scope="session")
def course() -> Sphinx:
    """The course read, its blocks run or found: proofs are in `course.env.epreuve_proofs`."""
    from epreuve import project

    return project.load(str(ROOT))


# ---- slow work -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def ahead(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable]:
    """`ahead(test, work)` starts `work(case, folder)` for each chosen case of a test, one a core, and gives them as futures."""
    pool = ThreadPoolExecutor(os.cpu_count())

    def start(test: Callable, work: Callable[[str, Path], object]) -> dict[str, Future]:
        cases = [next(iter(item.callspec.params.values())) for item in request.session.items if item.function is test]
        return {case: pool.submit(work, case, tmp_path_factory.mktemp("ahead")) for case in cases}

    yield start
    pool.shutdown(cancel_futures=True)


# ---- browser ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = find_browser()
    if path is None:
        pytest.skip(NO_BROWSER)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which finds what keeps some readers out."""
    return (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[NOT_RUN] = []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    report = yield
    if report.skipped and NO_BROWSER in str(report.longrepr):
        item.config.stash[NOT_RUN].append(item.nodeid)
    return report


def on_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true")


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.config.stash[NOT_RUN] and on_ci() and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if not (not_run := config.stash[NOT_RUN]):
        return
    terminalreporter.section("Tests non exécutés : aucun navigateur (paquet chromium)", red=on_ci(), yellow=not on_ci())
    for name in not_run:
        terminalreporter.line(name)
    if on_ci():
        terminalreporter.line("En intégration continue (CI=true), c'est un échec.", red=True)
