"""The referee: our checks, on a student's answers, in the student's process.

Before the student's code runs, the functions of the libraries are noted; before a
check, they are put back. The check then runs in a namespace of ours: our built-in
functions, our data, and from the student only the names that are the answer.
Standard library only.
"""

from __future__ import annotations

import ast
import builtins
import gc
import sys
import threading
import types
from typing import Callable

NOTED = ("builtins", "math", "operator", "functools", "itertools", "json", "random", "torch", "numpy")
SECONDARY = ("torch.nn", "torch.optim", "torch.autograd", "torch.linalg", "torch.testing", "torch._tensor", "torch.functional", "numpy.linalg", "numpy.testing")
OURS = "epreuve"


class Tampered(Exception):
    """An answer that pretends to be what it is not."""


class Referee:
    """What the libraries were before the student came."""

    def __init__(self) -> None:
        self.builtins = dict(vars(builtins))
        self.builtins["isinstance"] = strict_isinstance
        self.modules = {name: module for name, module in sys.modules.items() if module is not None}
        noted = [m for name, m in self.modules.items() if name in NOTED or name.startswith(SECONDARY)]
        owners = {id(owner): owner for m in noted for owner in (m, *classes_of(m))}
        self.noted = [(owner, dict(vars(owner))) for owner in owners.values()]
        self.code = [(f, f.__code__) for _, names in self.noted for f in names.values() if isinstance(f, types.FunctionType)]
        self.trace = sys.gettrace(), sys.getprofile()
        self.changed: set[str] = set()

    def hide(self) -> None:
        """Leave nothing of ours where the student's code would look first."""
        for name in [name for name in sys.modules if name.partition(".")[0] == OURS]:
            del sys.modules[name]

    def restore(self) -> None:
        """Put back what was replaced, and note its name."""
        sys.settrace(self.trace[0])
        sys.setprofile(self.trace[1])
        threading.settrace(None)
        gc.callbacks.clear()
        for owner, names in self.noted:
            for name, value in names.items():
                now = vars(owner).get(name)
                if now is not value and callable(value) and not is_own_wrapper(now, value):
                    self.changed.add(f"{owner.__name__}.{name}")
                    put(owner, name, value)
        for function, code in self.code:
            if function.__code__ is not code:
                self.changed.add(function.__qualname__)
                function.__code__ = code
        for name, module in self.modules.items():
            if name.partition(".")[0] in NOTED and sys.modules.get(name) is not module:
                self.changed.add(name)
                sys.modules[name] = module
        if torch := self.modules.get("torch"):
            torch.set_default_dtype(torch.float32)
            torch.set_grad_enabled(True)

    def judge(self, request: dict, student: dict[str, object], seed: Callable[[], None]) -> str:
        """Run one check. Its secret, then what was replaced, is returned if it passes; a failure is raised."""
        self.restore()
        seed()
        namespace = {"__builtins__": self.builtins, "__name__": "__main__"}
        for source in request["given"]:
            exec(compile(source, "<donné>", "exec", dont_inherit=True), namespace)
        for name in request["answers"]:
            if name in student:
                namespace[name] = honest(name, student[name], self.modules.get("torch"))
        self.restore()
        before = dict(namespace)
        exec(compile(request["check"], request["name"], "exec", dont_inherit=True), namespace)
        refuse_intruders(before, namespace, bound_in(request["check"]))
        return " ".join([request["secret"], *sorted(self.changed)])


def bound_in(source: str) -> set[str]:
    """The names that a source may bind at its top level, and those of its inner functions."""
    nodes = list(ast.walk(ast.parse(source)))
    stored = {n.id for n in nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load)}
    defined = {n.name for n in nodes if isinstance(n, (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler)) and n.name}
    imported = {(a.asname or a.name).partition(".")[0] for n in nodes if isinstance(n, (ast.Import, ast.ImportFrom)) for a in n.names}
    return stored | defined | imported


def refuse_intruders(before: dict[str, object], after: dict[str, object], own: set[str]) -> None:
    """An answer that reached the namespace of its check, through a frame, changed a name that the check does not bind."""
    nothing = object()
    names = {name for name in {*before, *after} if before.get(name, nothing) is not after.get(name, nothing)} - own
    if names:
        raise Tampered(f"la réponse a changé les noms de la vérification : {', '.join(sorted(names))}")


def classes_of(module: types.ModuleType) -> list[type]:
    """The classes that a module holds and that Python code could change."""
    return [v for v in vars(module).values() if isinstance(v, type) and v.__module__.startswith("torch") and v.__flags__ & (1 << 9)]


def is_own_wrapper(now: object, before: object) -> bool:
    """Whether a library wrapped its own function, as torch does with ``Optimizer.step``."""
    code = getattr(now, "__code__", None)
    return getattr(now, "__wrapped__", None) is before and code is not None and not code.co_filename.startswith("<")


def put(owner: object, name: str, value: object) -> None:
    """Set an attribute, if it may be set."""
    try:
        setattr(owner, name, value)
    except (AttributeError, TypeError):
        pass


def strict_isinstance(value: object, kinds: object, *, real=isinstance, kind_of=type, issub=issubclass, tuples=tuple) -> bool:
    """``isinstance`` that looks at what a value is, not at what its ``__class__`` says.

    A tensor class written by the student, which could answer anything, is no tensor.
    """
    kind = kind_of(value)
    wanted = kinds if real(kinds, tuples) else (kinds,)
    plain = kind.__module__ != "__main__"
    return any(issub(kind, k) and (plain or not (k.__module__ == "builtins" or k.__name__ in ("Tensor", "Parameter"))) for k in wanted)


def honest(name: str, value: object, torch: types.ModuleType | None) -> object:
    """An answer, unless its class is the student's and says that it is another."""
    kind = type(value)
    if kind.__module__ == "__main__" and value.__class__ is not kind:
        raise Tampered(f"« {name} » se fait passer pour un objet d’une autre classe")
    if torch and issubclass(kind, torch.Tensor) and kind.__module__ == "__main__":
        return value.as_subclass(torch.Tensor)
    return value
