"""How much work a session's text announces, so that the longest sessions start first.

Nothing runs: loops are multiplied, calls of functions that the session defines are followed with the numbers they
are given, and what cannot be known counts for little. Only the order of sessions depends on it.
"""

from __future__ import annotations

import ast
import warnings
from functools import lru_cache
from typing import Iterable, Mapping

UNKNOWN = 10  #: turns of a loop whose length the text does not say
DEPTH = 6  #: calls followed inside each other
LOOPS = ("for ", "while ", "def ")

Numbers = Mapping[str, float]


@lru_cache(maxsize=1024)
def effort_of(sources: tuple[str, ...]) -> float:
    """The work of a session, in statements and calls; code that Python cannot read counts for its lines."""
    lines = float(sum(1 + source.count("\n") for source in sources))
    if not any(word in source for source in sources for word in LOOPS):
        return lines
    trees = [tree for source in sources if (tree := parsed(source))]
    functions = {f.name: f for tree in trees for f in ast.walk(tree) if isinstance(f, (ast.FunctionDef, ast.AsyncFunctionDef))}
    estimate, numbers = Estimate(functions), {}
    try:
        for tree in trees:
            numbers.update(assigned(tree))
            lines += estimate.of(tree.body, dict(numbers))
    except RecursionError:  # an expression of a thousand terms
        pass
    return lines


@lru_cache(maxsize=4096)
def parsed(source: str) -> ast.Module | None:
    """The tree of a block, to be read only; ``None`` for what Python does not read, or is too deep for it.

    What Python warns about is said in the session. Several sessions replay the same blocks: each is read once.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(source)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def assigned(tree: ast.Module) -> dict[str, float]:
    """The names that a block binds to a plain number."""
    return {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and type(node.value.value) in (int, float)
        for target in node.targets
        if isinstance(target, ast.Name)
    }


class Estimate:
    """The work of statements, given the functions that they may call."""

    def __init__(self, functions: Mapping[str, ast.FunctionDef]) -> None:
        self.functions = functions
        self.known: dict[tuple, float] = {}
        self.depth = 0

    def of(self, nodes: Iterable[ast.AST], numbers: Numbers) -> float:
        """Of several nodes, one after the other."""
        return sum(self.of_node(node, numbers) for node in nodes)

    def of_node(self, node: ast.AST, numbers: Numbers) -> float:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            return 0.0  # counted where it is called
        if isinstance(node, (ast.For, ast.AsyncFor)):
            return turns(node.iter, numbers) * (1 + self.of(node.body, numbers)) + self.of_node(node.iter, numbers)
        if isinstance(node, ast.While):
            return UNKNOWN * (1 + self.of(node.body, numbers))
        if isinstance(node, (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)):
            within = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            length = 1.0
            for generator in node.generators:
                length *= turns(generator.iter, numbers)
            return length * (1 + self.of(within, numbers)) + self.of((g.iter for g in node.generators), numbers)
        own = self.of_call(node, numbers) if isinstance(node, ast.Call) else 0.0
        return own + self.of(ast.iter_child_nodes(node), numbers)

    def of_call(self, call: ast.Call, numbers: Numbers) -> float:
        """Of what is called, when the session defines it."""
        name = call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""
        function = self.functions.get(name)
        if function is None or self.depth >= DEPTH:
            return 1.0
        given = bound(function, call, numbers)
        key = (name, *sorted(given.items()))
        if key not in self.known:
            self.known[key] = 1.0  # what calls itself counts once
            self.depth += 1
            self.known[key] = 1.0 + self.of(function.body, {**numbers, **given})
            self.depth -= 1
        return self.known[key]


def turns(iterated: ast.expr, numbers: Numbers) -> float:
    """How many times a loop turns, as far as its text says."""
    if isinstance(iterated, (ast.Tuple, ast.List, ast.Set)):
        return float(len(iterated.elts))
    if isinstance(iterated, ast.Call) and isinstance(iterated.func, ast.Name) and iterated.func.id == "range":
        values = [number(argument, numbers) for argument in iterated.args]
        if values and None not in values:
            start, stop = (0, values[0]) if len(values) == 1 else values[:2]
            step = values[2] if len(values) == 3 else 1
            return max((stop - start) / step, 0.0) if step else 0.0
    return float(UNKNOWN)


def number(node: ast.expr, numbers: Numbers) -> float | None:
    """The value of an expression that is a plain number, or the name of one."""
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node.value
    return numbers.get(node.id) if isinstance(node, ast.Name) else None


def bound(function: ast.FunctionDef, call: ast.Call, numbers: Numbers) -> dict[str, float]:
    """The parameters of a function that a call, or their default, sets to a number."""
    parameters = [p.arg for p in (*function.args.posonlyargs, *function.args.args)]
    if parameters[:1] == ["self"]:
        parameters = parameters[1:]
    defaults = function.args.defaults
    pairs: list[tuple[str, ast.expr]] = list(zip(parameters[len(parameters) - len(defaults) :], defaults))
    pairs += [(p.arg, d) for p, d in zip(function.args.kwonlyargs, function.args.kw_defaults) if d is not None]
    pairs += zip(parameters, call.args)
    pairs += [(k.arg, k.value) for k in call.keywords if k.arg]
    given = {name: number(value, numbers) for name, value in pairs}
    return {name: value for name, value in given.items() if value is not None}
