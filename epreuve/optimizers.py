"""Optimizers that do not load torch's compiler, which takes a second, unless something else does.

torch imports ``torch._dynamo`` at the first optimizer, only to tell the compiler to leave some methods alone. As long as
nothing has loaded it nothing is compiled, and calling these methods directly is the same. Where torch is not written as
expected, nothing is replaced: the first optimizer of a session is then slow, and right.
"""

from __future__ import annotations

import functools
import sys
from types import FunctionType, ModuleType

COMPILER = "torch._dynamo"


def spare_compiler(torch: ModuleType) -> None:
    """Let the optimizers of torch work without its compiler."""
    optimizer = torch.optim.Optimizer
    for cls in (optimizer, *optimizer.__subclasses__()):
        for name, function in list(vars(cls).items()):
            if not isinstance(function, FunctionType) or not hasattr(function, "__wrapped__"):
                continue
            if made_by(function, "_compile.py", "inner"):  # torch calls what it finds under this name
                function.__wrapped__.__dynamo_disable = kept_from_compiler(function.__wrapped__)
            elif made_by(function, "optimizer.py", "_use_grad"):
                setattr(cls, name, step_without_compiler(torch, function))


def made_by(function: FunctionType, file: str, name: str) -> bool:
    """Whether a decorator of torch made this function."""
    code = function.__code__
    return code.co_name == name and code.co_filename.endswith(f"/{file}")


def kept_from_compiler(function: FunctionType) -> FunctionType:
    """What ``torch._dynamo.disable`` makes of a function, made once the compiler is there."""

    def call(*args, **kwargs):
        if COMPILER not in sys.modules:
            return function(*args, **kwargs)
        function.__dynamo_disable = sys.modules[COMPILER].disable(function, wrapping=False)
        return function.__dynamo_disable(*args, **kwargs)

    return call


def step_without_compiler(torch: ModuleType, original: FunctionType) -> FunctionType:
    """``torch.optim.optimizer._use_grad_for_differentiable``, without its two calls to the compiler."""
    inside = original.__wrapped__

    @functools.wraps(inside)
    def step(self, *args, **kwargs):
        if COMPILER in sys.modules:
            return original(self, *args, **kwargs)
        before = torch.is_grad_enabled()
        try:
            torch.set_grad_enabled(self.defaults["differentiable"])
            return inside(self, *args, **kwargs)
        finally:
            torch.set_grad_enabled(before)

    return step
