"""The code directives that a text holds, found without docutils.

docutils silently reads a directive glued to the text above as a paragraph. What
the text shows is therefore compared with what was read. Examples of markup
inside literal blocks and comments are not counted.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Iterator

from .model import Place

DIRECTIVE = re.compile(r"^(?P<indent>\s*(?:[-*+]\s+|\d+[.)]\s+|#\.\s+)*)\.\.\s+(?P<name>[\w:-]+)::\s*(?P<argument>.*)$")
COMMENT = re.compile(r"^(?P<indent>\s*)\.\.(?:\s+(?!_|\[|\||[\w:-]+::)\S.*)?$")
CODE = {"code-block", "sourcecode", "code"}
VERBATIM = CODE | {"parsed-literal", "math", "raw", "doctest", "testcode", "testoutput", "graphviz", "mermaid", "prompt", "expected-output"}


def written(root: Path, path: str, languages: set[str], seen: frozenset[str] = frozenset()) -> list[tuple[Place, str]]:
    """Place and text of each code directive of a file, included files too."""
    try:
        lines = re.sub("[\v\f]", " ", (root / path).read_text("utf-8", errors="replace")).splitlines()  # as docutils does
    except OSError:
        return []
    if not path.endswith((".rst", ".txt", ".inc", ".rest")):
        return []
    found = []
    for number, name, argument, options in directives(lines):
        if is_code(name, argument, languages, options):
            found.append((Place(path, number), f".. {name}:: {argument}"))
        elif name == "include" and not options.keys() & {"start-line", "end-line", "start-after", "end-before", "literal", "code"}:
            inner = included(root, path, argument)
            if inner and inner not in seen:
                found += written(root, inner, languages, seen | {path})
    return found


def is_code(name: str, argument: str, languages: set[str], options: dict[str, str]) -> bool:
    """Whether a directive holds or brings Python code."""
    if "diff" in options or options.get("language", "python").lower() not in languages:
        return False
    if name in CODE:
        return argument.strip().lower() in languages
    return name == "literalinclude" and argument.strip().endswith(".py")


def included(root: Path, path: str, argument: str) -> str:
    """Path of an included file relative to the project, or ``""`` outside it."""
    argument = argument.strip()
    target = root / argument.lstrip("/") if argument.startswith("/") else (root / path).parent / argument
    try:
        return target.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return ""


def directives(lines: list[str]) -> Iterator[tuple[int, str, str, dict[str, str]]]:
    """(line, name, argument, options) of each directive that is not inside verbatim text."""
    verbatim: int | None = None  # indentation whose deeper lines are verbatim
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        indent = len(line) - len(line.lstrip())
        if verbatim is not None and indent > verbatim:
            continue
        verbatim = None
        found = DIRECTIVE.match(line)
        if found:
            name = found["name"].rpartition(":")[2] if "::" not in found["name"] else found["name"]
            yield number, name, found["argument"], options_below(lines, number)
            if name in VERBATIM:
                verbatim = len(found["indent"])
        elif COMMENT.match(line) and not glued(lines, number):
            verbatim = indent
        elif line.rstrip().endswith("::"):
            verbatim = indent


def glued(lines: list[str], number: int) -> bool:
    """Whether the line above belongs to the same paragraph."""
    return number > 1 and bool(lines[number - 2].strip()) and not lines[number - 2].lstrip().startswith("..")


def options_below(lines: list[str], number: int) -> dict[str, str]:
    """The options under a directive, by name."""
    found = {}
    for line in lines[number:]:
        option = re.match(r"\s+:([\w-]+):(.*)", line)
        if not option:
            break
        found[option[1]] = option[2].strip()
    return found
