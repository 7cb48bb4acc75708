"""Answers computed elsewhere: what a GPU changes for a check, shown on a machine that has none.

The text of this module runs between an answer and its check (`test_practicals.py`).
"""

import types

import torch
from torch.utils._pytree import tree_leaves, tree_map


class Elsewhere(torch.Tensor):
    """A tensor that refuses to meet those of the CPU, as one on a GPU does; its numbers are in ``inner``."""

    @staticmethod
    def __new__(cls, inner):
        made = torch.Tensor._make_wrapper_subclass(cls, inner.shape, strides=inner.stride(), dtype=inner.dtype, device="meta")
        made.inner = inner
        return made

    def tolist(self):
        return self.inner.tolist()

    def item(self):
        return self.inner.item()

    def numpy(self, *args, **options):
        raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu()")

    __array__ = numpy
    __float__ = lambda self: float(self.inner)  # noqa: E731
    __int__ = lambda self: int(self.inner)  # noqa: E731
    __bool__ = lambda self: bool(self.inner)  # noqa: E731
    __index__ = lambda self: self.inner.__index__()  # noqa: E731

    def __format__(self, spec):
        return format(self.inner, spec)

    def __repr__(self, **options):
        return f"{self.inner!r} (ailleurs)"

    @classmethod
    def __torch_dispatch__(cls, function, kinds, args=(), kwargs=None):
        name, kwargs = function.overloadpacket.__name__, dict(kwargs or {})
        tensors = [t for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor)]
        inner_args, inner = tree_map(lambda t: t.inner if isinstance(t, cls) else t, (args, kwargs))
        to_cpu = name == "_to_copy" and str(inner.get("device", "")).startswith("cpu")
        if not to_cpu and any(t.dim() and not isinstance(t, cls) for t in tensors):
            raise RuntimeError(f"Expected all tensors to be on the same device ({name})")
        if "device" in inner:
            inner["device"] = torch.device("cpu")
        out = function(*inner_args, **inner)
        return out if to_cpu else tree_map(lambda t: cls(t) if isinstance(t, torch.Tensor) else t, out)


class Leave(torch.autograd.Function):
    """The way there, which keeps the graph."""

    @staticmethod
    def forward(ctx, x):
        return Elsewhere(x.detach())

    @staticmethod
    def backward(ctx, gradient):
        return gradient.inner if isinstance(gradient, Elsewhere) else gradient


def elsewhere(value):
    """The tensors of a value, on another device; leaves of a graph stay, a check reads their gradient."""
    if isinstance(value, torch.Tensor):
        return Elsewhere(value) if not value.requires_grad else value if value.is_leaf else Leave.apply(value)
    return type(value)(map(elsewhere, value)) if isinstance(value, (list, tuple)) else value


def otherwise(value):
    """The same numbers in float64, not contiguous."""
    if isinstance(value, torch.Tensor) and value.is_floating_point() and not (value.requires_grad and value.is_leaf):
        return value.double().unsqueeze(-1).repeat_interleave(2, dim=-1)[..., 0]
    return type(value)(map(otherwise, value)) if isinstance(value, (list, tuple)) else value


def moved(how, names, space):
    """Change what the answer gives to its check; among themselves, its functions stay as they are."""
    own = dict(space)

    def wrapped(function):
        plain = types.FunctionType(function.__code__, own, function.__name__, function.__defaults__, function.__closure__)
        own[function.__name__] = plain

        def call(*args, **kwargs):
            out = plain(*args, **kwargs)
            return map(how, out) if isinstance(out, types.GeneratorType) else how(out)

        return call

    for name in names:
        value = space.get(name)
        space[name] = wrapped(value) if isinstance(value, types.FunctionType) else how(value)
