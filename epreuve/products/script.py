"""Pieces of a page as a Python script, in the percent format that editors open as cells."""

from __future__ import annotations

import ast
import textwrap
from typing import Iterable

from .labels import LABELS
from .markdown import Code, Piece
from .notebook import joined, needed


def script(pieces: Iterable[Piece]) -> str:
    """The text of a script that runs from one end to the other."""
    parts, lacking = [], {}
    for piece in joined(pieces):
        if isinstance(piece, Code):
            parts.append("# %%\n" + code(piece, needed(piece.source, lacking)))
        else:
            parts.append("# %% [markdown]\n" + "\n".join(f"# {line}".rstrip() for line in piece.splitlines()))
    return "\n\n".join(parts) + "\n"


def code(piece: Code, missing: list[str]) -> str:
    """A block as it runs in a script: values are printed, announced errors are caught."""
    try:
        tree = ast.parse(piece.source)
    except SyntaxError as error:
        return commented(piece.source, error.msg)
    shown = printed(piece, tree)
    raises = piece.result.block.raises if piece.result else ""
    if not raises and not missing:
        return shown
    if any(isinstance(n, ast.Constant) and isinstance(n.value, str) and n.lineno != n.end_lineno for n in ast.walk(tree)):
        return commented(piece.source, raises)
    head = LABELS["requires"].format(packages=", ".join(missing)) if missing else LABELS["raised"].format(error=raises)
    body = textwrap.indent(shown, "    ")
    return f'{head}\ntry:\n{body}\nexcept Exception as error:\n    print(f"{{type(error).__name__}}: {{error}}")'


def commented(source: str, reason: str) -> str:
    """A block that cannot run in a script."""
    return "\n".join([LABELS["not-in-script"].format(reason=reason), *(f"# {line}".rstrip() for line in source.splitlines())])


def printed(piece: Code, tree: ast.Module) -> str:
    """The source, its last expression printed when the page shows it."""
    last = tree.body[-1] if tree.body else None
    shown = piece.result and any(o.kind == "value" and o.mime == "text/plain" for o in piece.result.outputs)
    if not shown or not isinstance(last, ast.Expr):
        return piece.source
    lines = piece.source.splitlines()
    start, end = last.lineno - 1, last.end_lineno
    value = ast.get_source_segment(piece.source, last.value)
    first, final = lines[start].encode(), lines[end - 1].encode()
    before = first[: last.col_offset].decode()
    after = final[last.end_col_offset :].decode()
    return "\n".join([*lines[:start], f"{before}print({value}){after}", *lines[end:]])
