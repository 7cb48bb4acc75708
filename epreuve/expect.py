"""Expectations: how they are written in comments, and when they hold.

``x.shape  # → torch.Size([2, 3])`` states what a statement prints or evaluates
to; ``# ≈`` states it to the precision written. The comment stands at the end of
the statement's last line, or on the lines just below. A comment line that starts
with at least two spaces after ``#`` continues the one above.

Standard library only: the process that executes imports this module too.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Iterator

MARKS = ("→", "≈")
TOKEN = re.compile(
    r"\.\.\."
    r"|(?<![\w.])[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?(?=j?(?!\w))"
    r"|\w+|\S"
)
#: what torch adds to a tensor's text and an expectation may leave out
DECORATIONS = {
    "grad_fn": re.compile(r",\s*grad_fn=<[^>]*>"),
    "device": re.compile(r",\s*device='[^']*'"),
}


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation comment."""

    line: int  #: of the comment's first line, in the block, from 1
    last: int  #: of its last line
    column: int  #: of the ``#``
    trailing: bool  #: stands on the same line as code
    approximate: bool  #: written with ``≈``
    text: str  #: what is expected


def comments_of(source: str) -> list[tokenize.TokenInfo]:
    """The comments of a Python source; those before an error when it does not parse."""
    found = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.COMMENT:
                found.append(token)
    except (tokenize.TokenError, SyntaxError):
        pass
    return found


@lru_cache(maxsize=4096)
def expectations_of(source: str) -> tuple[Expectation, ...]:
    """Every expectation comment of a block, in order."""
    found: list[Expectation] = []
    if not any(mark in source for mark in MARKS):
        return ()
    for token in comments_of(source):
        line, column = token.start
        trailing = bool(token.line[:column].strip())
        body = token.string[1:].strip()
        if body[:1] in MARKS:
            continues = found and not trailing and found[-1].last == line - 1 and not found[-1].trailing
            if continues and found[-1].approximate == (body[0] == "≈"):
                found[-1] = extended(found[-1], line, body[1:].strip())
            else:
                found.append(Expectation(line, line, column, trailing, body[0] == "≈", body[1:].strip()))
        elif found and not trailing and found[-1].last == line - 1 and re.match(r"#\s{2,}\S", token.string):
            found[-1] = extended(found[-1], line, token.string[1:].strip())
    return tuple(found)


def skeleton(source: str) -> str:
    """The source without what its expectations expect: two sources that run alike."""
    lines = source.split("\n")  # as Python counts them: a form feed ends no line
    for expectation in expectations_of(source):
        for number in range(expectation.line, expectation.last + 1):
            line = lines[number - 1]
            column = expectation.column if number == expectation.line else line.index("#")
            lines[number - 1] = f"{line[:column]}#→"
    return "\n".join(lines)


def extended(expectation: Expectation, line: int, text: str) -> Expectation:
    """The expectation with one more line of text."""
    e = expectation
    return Expectation(e.line, line, e.column, e.trailing, e.approximate, f"{e.text}\n{text}")


def statements(tree: ast.AST) -> Iterator[ast.stmt]:
    """Every statement of a tree, outer before inner."""
    return (node for node in ast.walk(tree) if isinstance(node, ast.stmt))


def statement_of(expectation: Expectation, tree: ast.Module) -> ast.stmt | None:
    """The statement an expectation speaks about, or ``None``."""
    line, column = expectation.line, expectation.column
    if expectation.trailing:
        around = [s for s in statements(tree) if s.lineno <= line <= s.end_lineno]
        return max(around, key=lambda s: (s.lineno, s.col_offset), default=None)
    before = [s for s in statements(tree) if s.end_lineno < line and s.col_offset <= column]
    return max(before, key=lambda s: (s.end_lineno, s.col_offset == column, s.col_offset), default=None)


def tokens(text: str) -> list[str]:
    """Numbers, words and signs of a text; white space only separates."""
    return TOKEN.findall(text)


def is_number(token: str) -> bool:
    """Whether a token is a number as Python writes it."""
    return bool(re.fullmatch(r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?", token))


def unit(number: str) -> float:
    """The weight of the last digit written: ``0.12`` → 0.01; ``1.5e-3`` → 1e-4."""
    mantissa, _, exponent = number.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals)


def same_token(expected: str, obtained: str, approximate: bool) -> bool:
    """Whether one token agrees with another; whole numbers must be equal."""
    if expected == obtained:
        return True
    if not (is_number(expected) and is_number(obtained)):
        return False
    whole = not re.search(r"[.eE]", obtained)
    if whole and not re.search(r"[.eE]", expected):
        return Decimal(expected) == Decimal(obtained)  # « int » refuses more than 4300 digits
    if not approximate:
        return False
    try:
        return abs(float(expected) - float(obtained)) <= 0.5 * unit(expected) * (1 + 1e-6)
    except OverflowError:  # a power of ten beyond what a float holds
        return False


def agrees(expected: str, obtained: str, approximate: bool = False) -> bool:
    """Whether what was obtained is what was expected.

    White space is folded; ``...`` stands for any text; ``grad_fn=`` and
    ``device=`` may be left out; with ``approximate`` decimals are compared to
    the digits written.

    >>> agrees("tensor(0.33)", "tensor(0.3333)", approximate=True)
    True
    >>> agrees("tensor([1, 2])", "tensor([1, 3])", approximate=True)
    False
    """
    for word, decoration in DECORATIONS.items():
        if word not in expected:
            obtained = decoration.sub("", obtained)
    return match(tokens(expected), tokens(obtained), approximate)


def match(expected: list[str], obtained: list[str], approximate: bool) -> bool:
    """Glob matching of tokens, ``...`` being the wildcard (two pointers, one way back)."""
    e = o = 0
    star = mark = -1
    while o < len(obtained):
        if e < len(expected) and expected[e] == "...":
            star, mark = e, o
            e += 1
        elif e < len(expected) and same_token(expected[e], obtained[o], approximate):
            e, o = e + 1, o + 1
        elif star >= 0:
            mark += 1
            e, o = star + 1, mark
        else:
            return False
    return all(token == "..." for token in expected[e:])


def split_format(text: str) -> tuple[str, str]:
    """``"100 * acc:.1f"`` → ``("100 * acc", ".1f")``.

    Raises ``SyntaxError`` when no reading of the text is a Python expression.
    """
    head, colon, spec = text.rpartition(":")
    if colon and re.fullmatch(r"[<>=^]?[-+ ]?#?0?\d*[,_]?(?:\.\d+)?[bcdeEfFgGnosxX%]?", spec):
        try:
            ast.parse(head.strip(), mode="eval")
            return head.strip(), spec
        except SyntaxError:
            pass
    ast.parse(text.strip(), mode="eval")
    return text.strip(), ""
