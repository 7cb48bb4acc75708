"""The only place that executes: one process, one session, block after block.

A worker is a fork of the warm process (:mod:`epreuve.warm`). It reads a block
from its socket, runs it the way a notebook would and answers with a ``Result``'s
fields. It imports nothing of Sphinx.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import faulthandler
import hashlib
import inspect
import json
import linecache
import os
import random
import re
import resource
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
import types
import warnings
from dataclasses import asdict
from functools import cache, partial
from importlib.metadata import packages_distributions, version
from numbers import Integral
from pathlib import Path
from typing import Iterable

from . import checkpoint, confine, expect, referee, rich, wire
from .capture import Capture, Text, shortened, without_colours
from .model import NOT_PYTHON, Failure, Frame, Observation, Output, Warned

BLOCK = re.compile(r"<bloc (\d+)>")
PREFIX = "__epreuve__"
SPAWNS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")  #: audit events: another process will read
MANY = 20  #: warnings of a category that are kept
LOADED: frozenset[str] = frozenset()  #: the modules of the warm process


class Deadline(BaseException):
    """Raised in a block that used up its time."""


class Worker:
    """A namespace and what is needed to run blocks in it."""

    def __init__(self, config: dict) -> None:
        self.config = config
        self.capture = Capture()
        self.module = types.ModuleType("__main__")
        self.namespace = self.module.__dict__
        self.warned: list[Warned] = []
        self.observed: dict[int, list[tuple[str, str]]] = {}
        self.files: set[str] = set()
        self.pid = os.getpid()
        self.name = ""  #: of the block being run, as tracebacks say it
        self.modules, self.counted = LOADED, loaded()

    # -- preparing the process ------------------------------------------------

    def prepare(self) -> None:
        """Make the process the author's: names, folder, seeds, limits."""
        sys.modules["__main__"] = self.module
        self.namespace[PREFIX] = self
        self.namespace["get_ipython"] = rich.SHELL.get_ipython if rich.SHELL else None
        rich.attach(self)
        os.chdir(self.config["scratch"])
        tempfile.tempdir = os.environ["TMPDIR"] = self.config["scratch" if self.config.get("confined") else "root_scratch"]
        sys.path[:] = [p for p in self.config["path"] if p not in sys.path] + sys.path
        sys.dont_write_bytecode = True
        sys.addaudithook(self.audit)
        signal.signal(signal.SIGALRM, self.on_alarm)
        warnings.showwarning = self.on_warning
        seed(self.config.get("seed", 0), self.config.get("start", 0))
        if self.config.get("confined"):
            self.confine()
        with contextlib.suppress(OSError):
            Path("/proc/self/clear_refs").write_text("5")

    def confine(self) -> None:
        """Shut a student's session in its folder, with nothing of ours in sight."""
        self.referee = referee.Referee()
        self.referee.hide()
        del self.namespace[PREFIX]
        confine.confine(self.config["scratch"])

    def resume(self, scratch: str) -> None:
        """Go on in a copy of the process, in a folder of its own."""
        self.pid = os.getpid()
        self.config = {**self.config, "scratch": scratch}
        self.capture.reopen()
        os.chdir(scratch)

    def limit(self) -> None:
        """Bound the address space, when no GPU needs a huge one."""
        if self.config["memory"] and self.config["device"] == "cpu":
            used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            bound = used + self.config["memory"] * 2**20
            resource.setrlimit(resource.RLIMIT_AS, (bound, bound))

    def audit(self, event: str, args: tuple) -> None:
        """Note the project's files that are read; refuse to change them, and to end what the session did not start."""
        if event == "open" and isinstance(args[0], (str, bytes)):
            self.opened(os.path.realpath(os.fsdecode(args[0])), writes=confine.is_write(args))
        elif event == "sqlite3.connect" and isinstance(args[0], (str, bytes)):
            self.opened(os.path.realpath(os.fsdecode(args[0])), writes=False)
        elif event in SPAWNS:
            self.files |= self.within_reach(args)
        elif self.config.get("confined"):
            return
        elif event in ("os.kill", "os.killpg") and args[1] and not born_from(abs(args[0]), self.pid):
            raise PermissionError("un bloc n’arrête que les processus qu’il a lancés")
        elif event in confine.CHANGES:
            for path in filter(self.is_source, changed_paths(event, args)):
                raise unwritable(path, self.config["root"])

    def is_source(self, path: str) -> bool:
        """Whether a path is that of a file of the project, and not of what it builds."""
        return path.startswith(self.config["root"] + os.sep) and not path.startswith(tuple(self.config["ignored"]))

    def opened(self, path: str, writes: bool) -> None:
        """A file is about to be opened; one that is absent from beside the page may be there another day."""
        scratch = os.path.realpath(self.config["scratch"])
        if path.startswith(scratch + os.sep) and not writes and not os.path.exists(path):
            path = os.path.join(self.config["path"][0], os.path.relpath(path, scratch))
        if self.is_source(path):
            if writes:
                raise unwritable(path, self.config["root"])
            self.files.add(path)

    def within_reach(self, args: tuple) -> set[str]:
        """What another process may read of the project: the modules beside the page and at the root, the files it is told."""
        told = [os.path.realpath(word) for word in re.split(r"[\s'\",;()\[\]]+", str(args[:2])) if word]
        modules = [str(file) for folder in self.config["path"] for pattern in ("*.py", "*/*.py") for file in Path(folder).glob(pattern)]
        return {path for path in (*told, *modules) if self.is_source(path) and os.path.isfile(path)}

    # -- hooks called while a block runs ---------------------------------------

    def on_alarm(self, *_: object) -> None:
        raise Deadline

    def on_warning(self, message, category, filename, lineno, file=None, line=None) -> None:
        """Stand-in for ``warnings.showwarning``."""
        if filename != self.name:  # of a library, or of a function of an earlier block
            lineno = innermost_line(self.name)
        if sum(warned.category == category.__name__ for warned in self.warned) < MANY:
            self.warned.append(Warned(category.__name__, shortened(str(message)), lineno))
        self.capture.add("stderr", f"{category.__name__}: {message}\n")

    def watch(self, number: int) -> None:
        """A statement that an expectation speaks about begins."""
        self.capture.drain()
        self.capture.watching.append(Text("stdout", stated=True))
        self.observed.setdefault(number, [])

    def seen(self, number: int, *values: object) -> None:
        """That statement ended; ``values`` holds what it evaluated to, if anything."""
        self.capture.drain()
        printed = self.capture.watching[-1].text() if self.capture.watching else ""
        shown = [(shortened(rich.plain(value)), shortened(repr(value))) for value in values if value is not None]
        pretty, plain = (printed + "".join(pair[i] for pair in shown) for i in (0, 1))
        self.observed[number].append((pretty, plain))

    def unwatch(self, number: int) -> None:
        """That statement is over, whether it ended or failed: what comes next is not its output."""
        if self.capture.watching:
            self.capture.watching.pop()

    # -- running ---------------------------------------------------------------

    def run(self, request: dict) -> dict:
        """Run one block and return the fields of its ``Result``."""
        self.warned, self.observed, self.files = [], {}, set()
        self.name = f"<bloc {request['index'] + 1}>"
        if not self.config.get("confined"):
            self.namespace[PREFIX] = self  # a block may have emptied the namespace
        self.capture.begin()
        sys.stdout, sys.stderr = self.capture.streams["stdout"], self.capture.streams["stderr"]
        start = time.perf_counter()
        run = {"code": self.run_code, "value": self.run_value, "command": self.run_command, "judge": self.run_judge}[request["kind"]]
        failure, value = self.guarded(run, request)
        if os.getpid() != self.pid:  # a child that the block forked and did not end
            os._exit(0)
        seconds = time.perf_counter() - start
        drawing = self.guarded_figures(request)
        failure = failure or drawing
        return {
            "outputs": [asdict(o) for o in self.capture.end()],
            "failure": asdict(failure) if failure else None,
            "observations": [asdict(o) for o in self.observations(request)],
            "warnings": [asdict(w) for w in self.warned],
            "value": value,
            "seconds": seconds,
            "peak_mb": peak_mb(),
            "depends": self.depends(),
        }

    def guarded(self, run, request: dict) -> tuple[Failure | None, str | None]:
        """Run under the deadline; any exception becomes a ``Failure``."""
        try:
            signal.setitimer(signal.ITIMER_REAL, request["timeout"])
            try:
                return None, run(request)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
                sys.settrace(None)  # our own lines are not to be traced
                sys.setprofile(None)
        except Deadline as error:
            return Failure("timeout", "", frames_of(error), line_of(error, request)), None
        except BaseException as error:  # noqa: BLE001 - SystemExit and KeyboardInterrupt too
            return failure_of(error, request), None

    def guarded_figures(self, request: dict) -> Failure | None:
        """Emit the figures left open; one that cannot be drawn is an error of the block."""
        try:
            rich.flush_figures(self.capture)
        except BaseException as error:  # noqa: BLE001
            return failure_of(error, request)
        return None

    def run_code(self, request: dict) -> None:
        """Execute a block; show its last expression."""
        source, name = request["source"], f"<bloc {request['index'] + 1}>"
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)
        tree = compile(source, name, "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        last = last_expression(tree, source)
        if not self.config.get("confined"):
            instrument(tree, expect.expectations_of(source))
        with threads(request["threads"]):
            if last is None:
                self.execute(compile_tree(tree, name))
                return
            body, expression = split_last(tree, last)
            self.execute(compile_tree(body, name))
            value = self.execute(compile_tree(expression, name))
            numbered = getattr(last, "expectation", None)
            if numbered is not None:
                self.seen(numbered, value)
                self.unwatch(numbered)
            if value is not None:
                self.namespace["_"] = value
                with blamed_on(last.lineno):
                    rich.show_value(self.capture, value, stated=numbered is not None)

    def execute(self, code: types.CodeType) -> object:
        """Execute code, also when it awaits at top level."""
        result = eval(code, self.namespace)
        return asyncio.run(result) if inspect.iscoroutine(result) else result

    def run_value(self, request: dict) -> str:
        """Evaluate an expression of the prose, leaving the random generators as they were."""
        expression, spec = expect.split_format(request["source"])
        name = f"<bloc {request['index'] + 1}>"
        linecache.cache[name] = (len(expression), None, [expression], name)
        with same_random_state():
            value = eval(compile(expression, name, "eval", dont_inherit=True), self.namespace)
            value = value.item() if hasattr(value, "item") and getattr(value, "ndim", 1) == 0 else value
            if isinstance(value, dict):  # data of a figure
                return "t" + json.dumps(value, ensure_ascii=False, default=plain_data)
            return ("n" if isinstance(value, (int, float)) and not isinstance(value, bool) else "t") + format(value, spec)

    def run_judge(self, request: dict) -> str:
        """One of our checks, on what the student's session holds."""
        signal.signal(signal.SIGALRM, self.on_alarm)
        name, source = f"<bloc {request['index'] + 1}>", json.loads(request["source"])
        linecache.cache[name] = (len(source["check"]), None, source["check"].splitlines(True), name)
        return self.referee.judge({**source, "name": name}, self.namespace, lambda: seed(self.config.get("seed", 0)))

    def run_command(self, request: dict) -> None:
        """Run one shell line of Python: its output is the block's."""
        words = shlex.split(request["source"])
        done = subprocess.run([sys.executable, *words[1:]], capture_output=True, text=True, errors="replace")
        self.capture.add("stdout", done.stdout)
        self.capture.add("stderr", done.stderr)
        if done.returncode:
            raise RuntimeError(f"la commande rend {done.returncode}")

    def observations(self, request: dict) -> list[Observation]:
        """What was seen at each expectation, its runs joined."""
        if request["kind"] != "code":
            return []
        expectations = expect.expectations_of(request["source"])
        found = []
        for number, runs in sorted(self.observed.items()):
            pretty, plain = ("\n".join(pair[i].rstrip("\n") for pair in runs) for i in (0, 1))
            if runs:
                found.append(Observation(expectations[number].line, pretty, "" if plain == pretty else plain))
        return found

    def depends(self) -> list[tuple[str, str]]:
        """Project files read and distributions first imported by the block."""
        root = self.config["root"] + os.sep
        new, before = self.new_modules()
        for name in new:
            file = getattr(sys.modules.get(name), "__file__", None) or ""
            if os.path.realpath(file).startswith(root):
                self.files.add(os.path.realpath(file))
        kept = {f for f in self.files if not f.startswith(tuple(self.config["ignored"]))}
        local = [(os.path.relpath(f, root), digest(f)) for f in sorted(kept)]
        return local + sorted(versions(packages_of(new) - packages_of(before)))

    def new_modules(self) -> tuple[set[str], frozenset[str]]:
        """The modules that the block loaded, and those that were there before.

        Looking at them all would copy memory shared with the warm process: only done when something was loaded.
        """
        if loaded() == self.counted:
            return set(), frozenset()
        before, self.counted = self.modules, loaded()
        self.modules = frozenset(sys.modules) | before
        return set(self.modules - before), before


def plain_data(value: object) -> object:
    """A tensor or an array as lists of numbers."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} n’est pas une donnée de figure")


def digest(path: str) -> str:
    """SHA-256 of a file's bytes; ``""`` for a file that is not there."""
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def unwritable(path: str, root: str) -> PermissionError:
    """What a block is told that would change a source."""
    return PermissionError(f"un bloc n'écrit pas dans les sources du projet : {os.path.relpath(path, root)}")


def changed_paths(event: str, args: tuple) -> list[str]:
    """The files that an audit event is about to change; a link is itself, except where its target is changed."""
    given = args[1:2] if event in ("os.link", "os.symlink") else args[: confine.CHANGES[event]]
    paths = [os.fsdecode(path) for path in given if isinstance(path, (str, bytes, os.PathLike))]
    if event in ("os.truncate", "os.chmod", "os.chown"):
        return [os.path.realpath(path) for path in paths]
    return [os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path)) for path in paths]


def born_from(pid: int, ancestor: int) -> bool:
    """Whether a process is another one, or was born from it; 0 is one's own group."""
    with contextlib.suppress(OSError):
        while pid > 1 and pid != ancestor:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        return pid in (0, ancestor)
    return True  # there is no such process


def warm_up() -> None:
    """Do in the warm process what each session would do the first time."""
    global LOADED
    seed(0)  # loads numpy.random
    distributions()
    LOADED = frozenset(sys.modules)


def packages_of(modules: Iterable[str]) -> set[str]:
    """Top-level packages of modules."""
    return {name.partition(".")[0] for name in modules}


def loaded() -> tuple[int, str]:
    """How many modules are loaded, and the last one."""
    return len(sys.modules), next(reversed(sys.modules))


@cache
def distributions() -> dict[str, list[str]]:
    """Top-level package → distributions that hold it; called first in the warm process.

    Later, libraries may have made packages of their own visible.
    """
    return dict(packages_distributions())


def versions(packages: set[str]) -> set[tuple[str, str]]:
    """(``dist:name``, version) of the distributions that hold these packages."""
    return {(f"dist:{name}", version(name)) for package in packages for name in distributions().get(package, ())}


# -- the syntax tree ------------------------------------------------------------


def last_expression(tree: ast.Module, source: str) -> ast.Expr | None:
    """The last statement, when a notebook would show its value."""
    if not tree.body or not isinstance(tree.body[-1], ast.Expr):
        return None
    last = tree.body[-1]
    after = "\n".join(source.split("\n")[last.end_lineno - 1 :]).encode()
    column = last.end_col_offset
    rest = after[column:].decode().partition("#")[0]
    return None if rest.strip().startswith(";") else last


def instrument(tree: ast.Module, expectations: tuple[expect.Expectation, ...]) -> None:
    """Surround each statement that has an expectation with ``watch``, ``seen`` and ``unwatch``."""
    wanted: dict[ast.stmt, int] = {}
    for number, expectation in enumerate(expectations):
        statement = expect.statement_of(expectation, tree)
        if statement is not None:
            wanted.setdefault(statement, number)
    if wanted:
        shown = tree.body[-1]
        for node in list(ast.walk(tree)):
            for field in ("body", "orelse", "finalbody"):
                body = getattr(node, field, None)
                if isinstance(body, list):
                    setattr(node, field, [new for old in body for new in surrounded(old, wanted.get(old), shown)])
        ast.fix_missing_locations(tree)


def surrounded(statement: ast.stmt, number: int | None, last: ast.stmt) -> list[ast.stmt]:
    """A statement between the calls that observe it."""
    if number is None:
        return [statement]
    before = observer("watch", number, [], statement)
    if statement is last and isinstance(statement, ast.Expr):
        statement.expectation = number  # its value is seen when it is shown
        return [before, statement]
    if isinstance(statement, ast.Expr):
        return [before, observed([observer("seen", number, [statement.value], statement)], number)]
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if isinstance(statement, (ast.AnnAssign, ast.AugAssign)):
        targets = [statement.target]
    names = [ast.Name(t.id, ast.Load()) for t in targets if isinstance(t, ast.Name)]
    return [before, observed([statement, observer("seen", number, names[:1], statement)], number)]


def observed(body: list[ast.stmt], number: int) -> ast.stmt:
    """Statements that are no longer observed once left, by an error too."""
    return ast.copy_location(ast.Try(body, [], [], [observer("unwatch", number, [], body[0])]), body[0])


def observer(method: str, number: int, values: list[ast.expr], at: ast.stmt) -> ast.stmt:
    """``__epreuve__.watch(3)`` or ``__epreuve__.seen(3, value)``, at a statement's place."""
    call = ast.Call(
        ast.Attribute(ast.Name(PREFIX, ast.Load()), method, ast.Load()), [ast.Constant(number), *values], []
    )
    made = ast.copy_location(ast.Expr(call), at)
    for node in ast.walk(made):
        if node not in values and not hasattr(node, "lineno"):
            ast.copy_location(node, at)
    return made


def split_last(tree: ast.Module, last: ast.Expr) -> tuple[ast.Module, ast.Expression]:
    """The tree without its last expression, and that expression."""
    return ast.Module([s for s in tree.body if s is not last], []), ast.Expression(last.value)


def compile_tree(tree: ast.Module | ast.Expression, name: str) -> types.CodeType:
    """Compile a tree, top-level ``await`` allowed."""
    mode = "eval" if isinstance(tree, ast.Expression) else "exec"
    return compile(tree, name, mode, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)


# -- failures -------------------------------------------------------------------


def frames_of(error: BaseException) -> tuple[Frame, ...]:
    """The levels of a traceback that are in blocks."""
    found = []
    for frame, line in traceback.walk_tb(error.__traceback__):
        here = BLOCK.fullmatch(frame.f_code.co_filename)
        if here:
            found.append(Frame(int(here[1]) - 1, line, frame.f_code.co_name))
    return tuple(found[:6] + found[-6:]) if len(found) > 12 else tuple(found)


def line_of(error: BaseException, request: dict) -> int:
    """The line of this block where an error left it; 0 when unknown."""
    own = [frame.line for frame in frames_of(error) if frame.block == request["index"]]
    if not own and isinstance(error, SyntaxError) and BLOCK.fullmatch(error.filename or ""):
        return min(error.lineno or 0, request["source"].count("\n") + 1)
    return getattr(error, "epreuve_line", own[0] if own else 0)


@contextlib.contextmanager
def blamed_on(line: int):
    """An error in the library that shows a value is said at the line of the value."""
    try:
        yield
    except Exception as error:
        with contextlib.suppress(AttributeError):
            error.epreuve_line = line
        raise


def failure_of(error: BaseException, request: dict) -> Failure:
    """What is kept of an exception."""
    missing = str(getattr(error, "name", "") or "") if isinstance(error, NameError) else ""
    kind = type(error).__name__
    if kind in NOT_PYTHON:  # an author's class may bear such a name
        kind = f"{type(error).__module__}.{kind}"
    return Failure(kind, without_colours(said(error))[:20_000], frames_of(error), line_of(error, request), missing)


def said(error: BaseException) -> str:
    """The message of an exception, which its class may fail to say."""
    try:
        return str(error.msg if isinstance(error, SyntaxError) else error)
    except BaseException as other:  # noqa: BLE001
        return f"(message illisible : {type(other).__name__})"


def innermost_line(name: str) -> int:
    """The line of a block that led here; 0 when there is none."""
    frame = sys._getframe(1)
    while frame:
        if frame.f_code.co_filename == name:
            return frame.f_lineno
        frame = frame.f_back
    return 0


# -- the state of the process ----------------------------------------------------


def seed(base: int, start: int = 0) -> None:
    """Start every generator from the same point.

    With a base other than 0 the seeds that blocks choose are moved too: that is
    how ``epreuve seeds`` looks at a claim under other luck. With another start
    only what no block seeds changes: that is how ``epreuve check --twice`` finds it.
    """
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    random.seed(base + start)
    if numpy:
        numpy.random.seed(base + start)
    if torch:
        torch.manual_seed(base + start)
    if base:
        moved(random, "seed", base)
        if numpy:
            moved(numpy.random, "seed", base)
            moved(numpy.random, "default_rng", base)
            numpy.random.RandomState = moved_class(numpy.random.RandomState, "__init__", base)  # scikit-learn's
        if torch:
            moved(torch, "manual_seed", base)
            torch.Generator = moved_class(torch.Generator, "manual_seed", base)


def moved(module: types.ModuleType, name: str, base: int) -> None:
    """Replace a seeding function by one whose whole-number seed is moved."""
    function = getattr(module, name)

    def seeding(value=None, *args, **kwargs):
        return function(other_seed(value, base), *args, **kwargs)

    setattr(module, name, seeding)


def moved_class(original: type, method: str, base: int) -> type:
    """A class whose method takes a moved seed; a built-in type cannot be changed, only replaced."""

    class Replaced(type(original)):
        def __instancecheck__(cls, value: object) -> bool:
            return isinstance(value, original)

    def seeding(self, value=None, *args, **kwargs):
        return getattr(original, method)(self, other_seed(value, base), *args, **kwargs)

    return Replaced(original.__name__, (original,), {method: seeding})


def other_seed(value: object, base: int) -> object:
    """The seed to be used instead of the one that a block chose."""
    return int(value) + 1000 * base if isinstance(value, Integral) else value


@contextlib.contextmanager
def same_random_state():
    """Leave the global random generators as they were found."""
    numpy, torch = sys.modules.get("numpy"), sys.modules.get("torch")
    states = random.getstate(), numpy and numpy.random.get_state(), torch and torch.get_rng_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        if numpy:
            numpy.random.set_state(states[1])
        if torch:
            torch.set_rng_state(states[2])


@contextlib.contextmanager
def threads(number: int):
    """Give a block more torch threads than one."""
    torch = sys.modules.get("torch")
    if number == 1 or torch is None:
        yield
        return
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(1)


def peak_mb() -> float:
    """Largest resident memory of the process so far, MiB."""
    with contextlib.suppress(OSError, AttributeError, ValueError):
        status = Path("/proc/self/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def serve(sock: socket.socket, config: dict, black_box: int) -> None:
    """Be a worker: prepare the process, then answer requests."""
    isolate(black_box)
    worker = Worker(config)
    worker.prepare()
    worker.limit()
    answer(worker, sock)


def isolate(black_box: int) -> None:
    """A process group of its own, nothing to read, a place where a crash leaves its trace."""
    os.setsid()
    with open(os.devnull) as null:
        os.dup2(null.fileno(), 0)
    sys.stdin = open(0, closefd=False)
    faulthandler.enable(black_box)
    faulthandler.register(signal.SIGUSR2, black_box, all_threads=False)


def go_on(worker: Worker, request: dict, sock: socket.socket, black_box: int) -> None:
    """Be a worker in a copy of a frozen process."""
    isolate(black_box)
    worker.resume(request["scratch"])
    answer(worker, sock)


def answer(worker: Worker, sock: socket.socket) -> None:
    """Answer requests until the other end closes, then leave without cleaning up."""
    while received := wire.receive(sock, fds=2):
        request, fds = received
        if request.get("op") == "freeze":
            wire.send(sock, checkpoint.freeze(sock, fds[0], partial(go_on, worker)))
        else:
            wire.send(sock, worker.run(request))
    os._exit(0)
