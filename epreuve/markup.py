"""What an author may write, and how it is found in a page.

``code-block`` is Sphinx's own, with more options: pages stay plain
reStructuredText. Directives and roles make ordinary docutils nodes that carry a
:class:`~epreuve.model.Block` in their ``epreuve`` attribute.
"""

from __future__ import annotations

import os
import re
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.directives.code import CodeBlock, LiteralInclude
from sphinx.util.docutils import SphinxDirective, SphinxRole

from . import scan
from .model import Block, Place

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

PYTHON = {"python", "python3", "py", "py3", "ipython", "ipython3"}
SHELL = {"bash", "sh", "shell", "console", "zsh"}
HIDE = {"code", "output"}


def hidden_parts(argument: str) -> frozenset[str]:
    """``:hide:`` takes ``code``, ``output`` or both."""
    parts = frozenset(re.split(r"[\s,]+", argument.strip()))
    if not parts <= HIDE:
        raise ValueError(f"« {argument} » : choisir code, output, ou les deux")
    return parts


def percentage(argument: str) -> float:
    """``95 %`` → 95.0."""
    value = float(argument.replace("%", "").replace(",", ".").strip())
    if not 0 < value <= 100:
        raise ValueError(f"« {argument} » : une part entre 0 et 100 %")
    return value


def positive(argument: str) -> float:
    """A number of seconds above zero."""
    value = float(argument.replace(",", "."))
    if not 0 < value < 1e7:
        raise ValueError(f"« {argument} » : un nombre de secondes positif")
    return value


def pattern(argument: str | None) -> str:
    """A regular expression."""
    try:
        return re.compile(directives.unchanged_required(argument)).pattern
    except re.error as error:
        raise ValueError(f"« {argument} » n’est pas un motif : {error}") from error


def device_name(argument: str) -> str:
    """``:needs:`` takes ``cuda``."""
    return directives.choice(argument, ("cuda",))


def reason(argument: str | None) -> str:
    """Free text; nothing is a missing reason, which is reported."""
    return (argument or "").strip()


OPTIONS = {
    "skip": reason,
    "raises": directives.unchanged_required,
    "match": pattern,
    "warns": directives.unchanged_required,
    "session": directives.unchanged_required,
    "needs": device_name,
    "timeout": positive,
    "threads": directives.positive_int,
    "volatile": reason,
    "hide": hidden_parts,
    "alt": directives.unchanged_required,
    "figcaption": directives.unchanged_required,
    "steps": directives.unchanged_required,
    "holds": percentage,
    "packages": directives.unchanged_required,
    "excerpt-of": directives.unchanged_required,
    "diff-from": directives.unchanged_required,
}
#: options of a block, under the same name (an underscore for a dash)
FIELDS = ("skip", "raises", "match", "warns", "session", "needs", "timeout", "threads", "volatile", "hide", "alt", "holds")


def relative(path: str | None, env: BuildEnvironment) -> str:
    """A source path, absolute or relative to anything, relative to the project."""
    return relative_to(str(path or env.doc2path(env.docname)), str(env.srcdir))


@lru_cache(maxsize=1024)
def relative_to(path: str, root: str) -> str:
    """The same, found once for all the blocks of a page."""
    full = Path(path)
    if not full.is_absolute():
        candidates = (Path(root) / full, Path.cwd() / full)
        full = next((c for c in candidates if c.exists()), candidates[0])
    try:
        return full.resolve().relative_to(Path(root).resolve()).as_posix()
    except ValueError:
        return full.as_posix()


class Executed:
    """What code directives have in common: options and the block they mark."""

    listing = ""  #: the author's ``:name:``, which docutils takes out of the options while running

    def directive_place(self) -> Place:
        """Where the directive itself is."""
        source, line = self.state_machine.get_source_and_line(self.lineno)
        return Place(relative(source, self.env), line or self.lineno)

    def block(self, source: str, place: Place, kind: str) -> Block:
        """The block that this directive asks to run."""
        given = {name: self.options[name] for name in FIELDS if name in self.options}
        block = Block(
            place, source, kind, directive=self.directive_place(),
            name=self.listing, caption=self.options.get("figcaption", ""),
            excerpt_of=self.options.get("excerpt-of", ""),
            packages=frozenset(re.split(r"[\s,]+", self.options.get("packages", "").lower())) - {""}, **given,
        )  # fmt: skip
        if "excerpt-of" in self.options:
            block = replace(block, kind="excerpt")
        return commands(block) if block.kind == "command" else block

    def cell(self, made: list[nodes.Node], block: Block) -> list[nodes.Node]:
        """The code and what will come under it, as one container."""
        literal = next((n for node in made for n in node.findall(nodes.literal_block)), None)
        if literal is None:
            return made
        literal["epreuve"] = block
        for option in ("steps", "diff-from"):
            if option in self.options:
                literal[option] = self.options[option]
        cell = nodes.container("", *made, classes=["ep-cell"])
        cell.source, cell.line = made[0].source, made[0].line
        if "figcaption" in self.options:
            text, messages = self.parse_inline(self.options["figcaption"])
            cell += nodes.paragraph(self.options["figcaption"], "", *text, classes=["ep-figcaption"])
            cell += messages
        return [cell]


def commands(block: Block) -> Block:
    """A shell block: its Python lines run, the others are declared not run."""
    lines = [re.sub(r"^\s*[$>]\s+", "", line).strip() for line in block.source.splitlines()]
    python = [line for line in lines if re.match(r"(python3?|py)\s+-[cm]\s", line)]
    runnable = [line for line in python if not re.search(r"-m\s+(venv|pip|http\.server|jupyter|notebook)\b", line)]
    if len(runnable) == 1 and len([line for line in lines if line and not line.startswith("#")]) == 1:
        return replace(block, source=runnable[0])
    return replace(block, skip=block.skip if block.skip is not None else "commande à lancer dans un terminal")


class ExecutedCodeBlock(Executed, CodeBlock):
    """``.. code-block:: python``: Sphinx's directive, executed."""

    option_spec = {**CodeBlock.option_spec, **OPTIONS, "number-lines": directives.unchanged}  # docutils’ name for « linenos »

    def run(self) -> list[nodes.Node]:
        language = self.arguments[0].strip().lower() if self.arguments else self.default_language()
        kind = "code" if language in PYTHON else "command" if language in SHELL else ""
        self.listing = self.options.get("name", "")
        if "number-lines" in self.options:
            first = self.options.pop("number-lines").strip()
            self.options.update({"linenos": None} | ({"lineno-start": int(first)} if first.isdigit() else {}))
        made = super().run()
        if kind and not self.content and made:
            made[0]["epreuve_wrong"] = ("empty", self.directive_place(), "")
        if not kind or not self.content:
            return made
        path, offset = self.content.items[0]
        text = "\n".join(self.content)
        at = lines_of(str(path))[offset : offset + 1]
        line = offset + 1 if not at or self.content[0].strip() in at[0] else first_line(str(path), text)  # « include » of a part
        place = Place(relative(path, self.env), line)
        return self.cell(made, self.block("\n".join(self.content), place, kind))

    def default_language(self) -> str:
        """The language of a block that names none."""
        return self.env.current_document.highlight_language or self.config.highlight_language


class ExecutedInclude(Executed, LiteralInclude):
    """``.. literalinclude:: programme.py``: Sphinx's directive, executed."""

    option_spec = {**LiteralInclude.option_spec, **{k: v for k, v in OPTIONS.items() if k != "diff-from"}}

    def run(self) -> list[nodes.Node]:
        self.listing = self.options.get("name", "")
        made = super().run()
        literal = next((n for node in made for n in node.findall(nodes.literal_block)), None)
        is_python = self.options.get("language", "python").lower() in PYTHON and self.arguments[0].endswith(".py")
        if literal is None or not is_python or "diff" in self.options:
            return made
        path = self.env.relfn2path(self.arguments[0])[1]
        place = Place(relative(path, self.env), first_line(path, literal.astext()))
        return self.cell(made, self.block(literal.astext().rstrip("\n"), place, "code"))


def first_line(path: str, text: str) -> int:
    """The line (from 1) where a text begins in a file."""
    with open(path, encoding="utf-8", errors="replace") as file:
        lines = [line.strip() for line in file]
    wanted = [line.strip() for line in text.rstrip("\n").splitlines()]
    for start in range(len(lines)):
        if lines[start : start + len(wanted)] == wanted:
            return start + 1
    return 1


class ExpectedOutput(SphinxDirective):
    """``.. expected-output::`` under a block: all it shows, to the digits written. Not shown again."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        mark = nodes.comment("", "")
        self.set_source_info(mark)
        mark["expected_output"] = "\n".join(self.content)
        return [mark]


class Value(SphinxRole):
    """``:val:`expr:.2f``` computes a number; ``:says:`0,13 = expr``` states one and checks it."""

    def __init__(self, stated: bool) -> None:
        self.states = stated

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        stated, expression = "", self.text
        if self.states:
            stated, equals, expression = self.text.partition(" = ")
            if not equals:
                wrong = nodes.problematic(self.rawtext, self.rawtext)
                wrong["epreuve_wrong"] = ("says-form", self.place(), self.rawtext)
                return [wrong], []
        block = Block(self.place(), expression.strip(), "value", stated=stated.strip())
        node = nodes.inline(self.rawtext, stated or expression, classes=["ep-val"])
        node["epreuve"] = block
        return [node], []

    def place(self) -> Place:
        """The line where the role is; docutils only knows that of its paragraph."""
        source, line = self.inliner.reporter.get_source_and_line(self.lineno)
        line, wanted = line or self.lineno, self.rawtext.partition("\n")[0]
        lines = lines_of(str(source)) if source else ()
        found = next((n for n, text in enumerate(lines[line - 1 : line + 60], line) if wanted in text), line)
        return Place(relative(source, self.env), found)


def lines_of(path: str) -> tuple[str, ...]:
    """The lines of a source, as docutils counts them."""
    try:
        return lines_at(path, os.stat(path).st_mtime_ns)
    except OSError:
        return ()


@lru_cache(maxsize=16)
def lines_at(path: str, changed: int) -> tuple[str, ...]:
    """The same, read once for all the roles of a page."""
    return tuple(re.sub("[\v\f]", " ", Path(path).read_text("utf-8-sig", errors="replace")).splitlines())


# -- finding blocks in a page ---------------------------------------------------------


def on_doctree_read(app: Sphinx, doctree: nodes.document) -> None:
    """Note the blocks of a page, and those its text has but docutils lost."""
    env = app.env
    blocks, last, wrong = [], None, []
    for node in doctree.findall(lambda n: isinstance(n, nodes.Element)):
        if "expected_output" in node and last is not None:
            blocks[last], last = replace(blocks[last], expected=node["expected_output"]), None
        elif "expected_output" in node:
            wrong.append(("orphan-output", Place(relative(node.source, env), node.line), ""))
        elif "epreuve_wrong" in node:
            wrong.append(node["epreuve_wrong"])
        elif "epreuve" in node and not is_inside(node, nodes.substitution_definition):  # what replaces it counts
            block = attached(node["epreuve"], blocks)
            if block.kind == "value" and not block.stated and is_inside(node, nodes.title):
                wrong.append(("val-title", block.place, node.rawsource))
            node["epreuve_index"] = len(blocks)
            blocks.append(block)
            if block.kind != "value":
                last = len(blocks) - 1 if block.kind in ("code", "command") else None
    for comment in list(doctree.findall(nodes.comment)):
        if "expected_output" in comment:
            comment.parent.remove(comment)
    path = relative(None, env)
    seen = {(p.path, p.line) for p in (*(b.directive for b in blocks if b.directive), *(place for _, place, _ in wrong))}
    written = scan.written(Path(env.srcdir), path, PYTHON)
    env.epreuve_blocks[env.docname] = tuple(blocks)
    refused = {(relative(n.get("source"), env), n.get("line")): n for n in doctree.findall(nodes.system_message)}
    env.epreuve_lost[env.docname] = (*wrong, *(
        lost(place, text, refused.get((place.path, place.line))) for place, text in written if (place.path, place.line) not in seen
    ))  # fmt: skip
    env.epreuve_written[env.docname] = len(written)


def lost(place: Place, directive: str, message: nodes.system_message | None) -> tuple[str, Place, str]:
    """What became of a directive that made no block: docutils refused its options, or read it as text."""
    if message is not None and "directive:" in message.astext():
        return "refused", place, message.astext().partition("directive:")[2].strip()
    return ("lost-file" if directive.startswith(".. literalinclude::") else "lost"), place, directive


def is_inside(node: nodes.Node, kind: type[nodes.Node]) -> bool:
    """Whether a node is in one of a kind."""
    while node is not None and not isinstance(node, kind):
        node = node.parent
    return node is not None


def attached(block: Block, before: list[Block]) -> Block:
    """A value of the prose belongs to the session of the code above it."""
    if block.kind != "value" or block.session:
        return block
    code = [b for b in before if b.kind == "code"]
    return replace(block, session=code[-1].session if code else "")


def on_purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget a page."""
    for name in STORED:
        getattr(env, name).pop(docname, None)


def on_merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Take the pages that a parallel reader read."""
    for name in STORED:
        getattr(env, name).update({d: v for d, v in getattr(other, name).items() if d in docnames})


STORED = ("epreuve_blocks", "epreuve_lost", "epreuve_written")


def on_inited(app: Sphinx) -> None:
    """Give the environment the places where pages are noted."""
    for name in STORED:
        if not hasattr(app.env, name):
            setattr(app.env, name, {})


def setup_markup(app: Sphinx) -> None:
    """Register what authors write."""
    for name in ("code-block", "sourcecode", "code"):
        app.add_directive(name, ExecutedCodeBlock, override=True)
    app.add_directive("literalinclude", ExecutedInclude, override=True)
    app.add_directive("expected-output", ExpectedOutput)
    app.add_role("val", Value(stated=False))
    app.add_role("says", Value(stated=True))
    app.connect("builder-inited", on_inited)
    app.connect("env-purge-doc", on_purge)
    app.connect("env-merge-info", on_merge)
    app.connect("doctree-read", on_doctree_read, priority=400)
