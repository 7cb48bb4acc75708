"""The moments of a Sphinx build at which something happens."""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Callable

from jinja2 import BytecodeCache
from sphinx.errors import ConfigError
from sphinx.util import logging

from . import plan, report
from .files import replace_file
from .labels import PROBLEMS, REFUSED, REFUSED_REMEDY
from .model import Problem, Proof
from .pipeline import prove
from .pool import Pool
from .settings import Settings, device_of
from .store import checksum, seed_rates

if TYPE_CHECKING:
    from jinja2.bccache import Bucket
    from pygments.formatter import Formatter
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.highlighting import PygmentsBridge

logger = logging.getLogger(__name__)


#: what a command that runs Sphinx in its own process does with the application
FOLLOWERS: list[Callable[[Sphinx], None]] = []


class Proofs(dict):
    """Proofs of the build, by docname, and its application; never pickled with the environment."""

    app: Sphinx

    def __reduce__(self) -> tuple[object, ...]:
        return Proofs, ()


def settings_of(app: Sphinx) -> Settings:
    """The project's choices. Raises ``ConfigError`` for an impossible one."""
    config, root = app.config, Path(app.srcdir).resolve()
    try:
        device = device_of(config.epreuve_device)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    store = root / config.epreuve_store
    out = [os.path.relpath(p, root) for p in (app.outdir, app.doctreedir, store)]
    engine = os.path.relpath(Path(__file__).resolve().parent, root)  # beside the course, it is no data of it
    ignored = {".venv", ".git", "build", "_build", *(p.partition(os.sep)[0] for p in (*out, engine) if not p.startswith(".."))}
    return Settings(
        root=str(root), store=str(store), device=device, timeout=config.epreuve_timeout, memory=config.epreuve_memory,
        jobs=config.epreuve_jobs or os.cpu_count() or 1, preload=tuple(config.epreuve_preload), ignored=tuple(sorted(ignored)),
    )  # fmt: skip


def on_builder_inited(app: Sphinx) -> None:
    """Settle the settings; results travel beside the environment, not in it."""
    app.epreuve_settings = settings_of(app)
    app.epreuve_pool = Pool(app.epreuve_settings)
    app.env.epreuve_proofs = Proofs()
    app.env.epreuve_proofs.app = app
    for name, default in (("epreuve_page", ""), ("epreuve_shown", {})):
        if not hasattr(app.env, name):
            setattr(app.env, name, default)
    if highlighter := getattr(app.builder, "highlighter", None):
        share_formatters(highlighter)
    keep_templates(app)
    for follow in FOLLOWERS:
        follow(app)


def share_formatters(highlighter: PygmentsBridge) -> None:
    """One Pygments formatter for all that is shown alike: making one costs more than colouring most blocks."""
    make, made = highlighter.get_formatter, {}

    def get_formatter(**options: object) -> Formatter:
        key = repr(sorted(options.items()))
        if key not in made:
            made[key] = make(**options)
        return made[key]

    highlighter.get_formatter = get_formatter


def keep_templates(app: Sphinx) -> None:
    """Compiled Jinja templates last from build to build: compiling them takes longer than writing a page."""
    if environment := getattr(getattr(app.builder, "templates", None), "environment", None):
        environment.bytecode_cache = Templates(Path(app.doctreedir) / "templates")


class Templates(BytecodeCache):
    """Compiled templates, beside Sphinx's pickles and not among the results: they are code. A damaged one is compiled again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def load_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            recorded, _, code = (self.folder / bucket.key).read_bytes().partition(b"\n")
            if recorded == checksum(bucket.key, code):
                bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        code = bucket.bytecode_to_string()
        with contextlib.suppress(OSError):
            replace_file(self.folder / bucket.key, checksum(bucket.key, code) + b"\n" + code)


def on_before_read(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Load torch while Sphinx reads, when nothing was ever recorded here."""
    if docnames and app.config.epreuve_run and not (Path(app.epreuve_settings.store) / "results").exists():
        app.epreuve_pool.start()


def on_env_updated(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Run what must run and check everything; say which pages changed by it."""
    if not app.config.epreuve_run:
        return []
    env.epreuve_proofs.clear()
    env.epreuve_proofs.update(getattr(app, "epreuve_known", None) or proved(app, env))
    return changed_pages(app, env)


def proved(app: Sphinx, env: BuildEnvironment) -> dict[str, Proof]:
    """Every page proved, and what extensions find wrong with them."""
    pages = {docname: env.epreuve_blocks[docname] for docname in sorted(env.epreuve_blocks)}
    try:
        proofs = prove(pages, app.epreuve_settings, app.epreuve_pool, report.Progress())
    except BaseException:  # Ctrl-C too: Sphinx will not tell us that the build is over
        if not app.config.epreuve_live:
            app.epreuve_pool.close()
        raise
    if not app.config.epreuve_live:
        app.epreuve_pool.dismiss()
    for docname, proof in proofs.items():
        problems = [*lost_blocks(env, docname), *proof.problems]
        for found in app.emit("epreuve-proved", docname, proof):
            problems += found or ()
        proofs[docname] = replace(proof, problems=tuple(problems), written=env.epreuve_written.get(docname, 0))
    return proofs


def lost_blocks(env: BuildEnvironment, docname: str) -> list[Problem]:
    """The code directives that the text has and docutils did not read as such."""
    found = []
    for code, place, text in env.epreuve_lost.get(docname, ()):
        message, remedy = PROBLEMS[code]
        facts = {"directive": refusal(text) if code == "refused" else text, "remedy": REFUSED_REMEDY}
        found.append(Problem(place, code, message.format(**facts), remedy.format(**facts)))
    return found


def refusal(text: str) -> str:
    """Why docutils refused a directive, in French where it is an option."""
    if unknown := re.search(r"unknown option:\W+([\w-]+)", text):
        return REFUSED["unknown"].format(option=unknown[1])
    if invalid := re.search(r"option:\W+([\w-]+)\W+value: (.*)\)", text):
        return REFUSED["invalid"].format(option=invalid[1], value=invalid[2].strip("\"'‘’“”«»\xa0\u202f "))
    return REFUSED["other"].format(text=text.partition("\n")[0])


def changed_pages(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Pages whose results are not those that this builder last wrote."""
    shown = env.epreuve_shown.setdefault(app.builder.name, {})
    store = app.epreuve_settings.store
    now = {docname: shown_digest(proof, store) for docname, proof in env.epreuve_proofs.items()}
    changed = [docname for docname, digest in now.items() if shown.get(docname) != digest]
    if changed and env.epreuve_page:
        changed.append(env.epreuve_page)
    env.epreuve_shown[app.builder.name] = now
    return [docname for docname in changed if docname in env.all_docs]


def shown_digest(proof: Proof, store: str) -> str:
    """What a page shows of its results, in short."""
    results = [(r.key, r.depends, r.skipped, r.failure.type if r.failure else "") for r in proof.results]
    problems = [report.text(p) for p in proof.problems]
    return plan.digest(sorted(proof.facts.items()), results, problems, sorted(seed_rates(store, proof.docname).items()))


def on_build_finished(app: Sphinx, exception: Exception | None) -> None:
    """Report every problem; one is enough for the build to fail."""
    if hasattr(app, "epreuve_pool") and not app.config.epreuve_live:
        app.epreuve_pool.close()
    proofs = getattr(app.env, "epreuve_proofs", None)
    if exception is not None or not proofs or hasattr(app, "epreuve_known"):
        return
    problems = report.ordered(proofs)
    for problem in problems:
        first, *others = report.text(problem).partition(": ")[2].splitlines()
        logger.error("\n".join([first, *others]), location=str(problem.place), type="epreuve", subtype=problem.code)
    report.annotate(problems)
    store = Path(app.epreuve_settings.store)
    report.write_json(store / "rapport.json", proofs)
    report.write_junit(store / "rapport.xml", proofs)
    if problems:
        app.statuscode = 1
