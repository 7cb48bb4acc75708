"""The prose of a page, code and markup masked, every character left at its place: an offset is good for the source too.

What a reader never reads as a sentence (blocks of code, options, targets) becomes spaces; what stands inside a sentence
(inline code, math, markers) becomes MASK, one for one. Line scanning rather than docutils: lines and columns stay exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

MASK = "\ufffc"

CODE = set(
    "code-block code sourcecode literalinclude include math raw image toctree highlight parsed-literal csv-table graphviz "
    "index class rst-class role only tabularcolumns default-role code-cell testcode doctest figure-md contents embed eval-rst".split()
)
NO_TEXT = {"figure", "container", "columns", "column", "interactive"}  # their argument is not a sentence, their content is
PROSE_OPTIONS = ("alt", "caption", "figcaption", "title")
KEPT_ROLES = ("term", "ref", "doc", "abbr", "numref", "download", "emphasis", "strong", "sup", "sub")
NO_BLANK = r"(?:(?!\n[ \t]*\n)[^`])"  # a piece of a paragraph


def prose_of(text: str, suffix: str) -> str:
    masked = inline_md(blocks_md(text)) if suffix == ".md" else inline_rst(blocks_rst(text))
    assert len(masked) == len(text)
    return masked


def blank(text: str) -> str:
    return re.sub(r"\S", " ", text)


def mask(text: str) -> str:
    return re.sub(r"[^\n]", MASK, text)


def keep(match: re.Match[str], group: int | str) -> str:
    """The match, masked but for one group."""
    (start, end), origin, whole = match.span(group), match.start(), match.group()
    return mask(whole[: start - origin]) + match[group] + mask(whole[end - origin :])


# ---- reStructuredText -------------------------------------------------------------------------------------

DIRECTIVE = re.compile(r"(?P<mark>\s*(?:(?:[-*]|\d+\.) +)*\.\. (?:\|[^|]+\| )?(?P<name>[\w:-]+)::(?:\s+|$))(?P<rest>.*)")
OPTION = re.compile(r"(?P<mark>\s*:(?P<name>[\w-]+):(?:\s+|$))(?P<rest>.*)")
EXPLICIT = re.compile(r"\s*\.\.(\s|$)")
FOOTNOTE = re.compile(r"(?P<mark>\s*\.\. \[[^\]]+\]\s+)(?P<rest>.*)")
RULE = re.compile(r"\s*([!-/:-@\[-`{-~])\1{2,}\s*$|[\s=+|-]+$")


def blocks_rst(text: str) -> str:
    return "\n".join(scan_rst(text.split("\n")))


def scan_rst(lines: list[str]) -> Iterator[str]:
    hidden: int | None = None  # lines indented more than this are not prose
    options: int | None = None  # just under the mark of a directive at this indentation
    kept_option: int | None = None  # in the value of an option that is prose, itself at this indentation
    for line in lines:
        indent = len(line) - len(line.lstrip())
        if not line.strip():
            options = kept_option = None
            yield line
            continue
        if kept_option is not None and indent > kept_option:
            yield line
            continue
        kept_option = None
        if options is not None and indent > options and (option := OPTION.match(line)):
            is_prose = option["name"] in PROSE_OPTIONS
            kept_option = indent if is_prose else None
            yield blank(option["mark"]) + (option["rest"] if is_prose else blank(option["rest"]))
            continue
        if hidden is not None and indent > hidden:
            yield blank(line)
            continue
        hidden = options = None
        if found := DIRECTIVE.match(line):
            options = indent
            hidden = indent if found["name"] in CODE else None
            rest = blank(found["rest"]) if found["name"] in CODE | NO_TEXT else found["rest"]
            yield blank(found["mark"]) + rest
        elif note := FOOTNOTE.match(line):
            yield blank(note["mark"]) + note["rest"]
        elif EXPLICIT.match(line):
            hidden = indent
            yield blank(line)
        elif RULE.match(line) or line.lstrip().startswith(">>>"):
            yield blank(line)
        elif option := OPTION.match(line):
            yield blank(option["mark"]) + option["rest"]
        elif line.rstrip().endswith("::"):
            hidden = indent
            yield line.rstrip()[:-2] + "  " + line[len(line.rstrip()) :]
        else:
            yield line


def inline_rst(text: str) -> str:
    text = re.sub(r"``(?:(?!\n[ \t]*\n).)+?``", lambda m: mask(m[0]), text, flags=re.S)
    text = re.sub(rf":(?P<role>[\w:+-]+):`(?P<body>{NO_BLANK}+)`", role, text)
    text = re.sub(rf"`(?P<text>{NO_BLANK}+?)\s*<[^<>`]+>`__?", lambda m: keep(m, "text"), text)
    text = re.sub(rf"`(?P<text>{NO_BLANK}+)`_{{0,2}}", lambda m: keep(m, "text"), text)
    return re.sub(r"https?://\S*[\w/]|\[[^\]\s]+\]_|\|\S[^|\n]*\||\\.|\*+|(?<=\w)_\b", lambda m: mask(m[0]), text)


def role(match: re.Match[str]) -> str:
    name, body = match["role"].rsplit(":", 1)[-1], match["body"]
    titled = re.compile(r"(?P<all>:[\w:+-]+:`(?P<text>[^`]*?)\s*<[^<>]*>`)").match(match[0])
    if name == "says":
        shown = re.compile(r":says:`(?P<text>[^`]*?)\s=\s[^`]*`").match(match[0])
        return keep(shown, "text") if shown else mask(match[0])
    if name not in KEPT_ROLES:
        return mask(match[0])
    if titled:
        return keep(titled, "text")
    return mask(match[0]) if name in ("ref", "doc", "numref", "download") else keep(match, "body") if body else mask(match[0])


# ---- Markdown (MyST) --------------------------------------------------------------------------------------

FENCE = re.compile(r"\s*(?P<fence>`{3,}|~{3,}|:{3,})\s*(?:\{(?P<name>[\w:-]+)\})?(?P<rest>.*)")


def blocks_md(text: str) -> str:
    text = re.sub(r"\A---\n.*?\n---\n|<!--.*?-->|<(\w+) lang=\"en\">.*?</\1>", lambda m: blank(m[0]), text, flags=re.S)
    return "\n".join(scan_md(text.split("\n")))


def scan_md(lines: list[str]) -> Iterator[str]:
    closing: str | None = None  # the fence that ends the code we are in
    for line in lines:
        fence = FENCE.match(line)
        if closing:
            closing = None if line.strip() == closing else closing
            yield blank(line)
        elif fence:
            name, rest = fence["name"], fence["rest"]
            code = name in CODE if name else bool(rest.strip()) or fence["fence"][0] != ":"
            closing = fence["fence"] if code else None
            yield blank(line) if code else blank(line[: len(line) - len(rest)]) + rest
        elif RULE.match(line) or re.match(r"[\s|:-]+$", line) or re.match(r"\s*:[\w-]+:|\([\w-]+\)=$", line):
            yield blank(line)
        else:
            yield line


def inline_md(text: str) -> str:
    text = re.sub(r"\{(?P<role>[\w:-]+)\}`(?P<body>[^`]+)`", lambda m: keep(m, "body") if m["role"] == "term" else mask(m[0]), text)
    text = re.sub(r"(`+)(?!`).+?(?<!`)\1(?!`)|\$\$.+?\$\$|\$[^$\n]+\$", lambda m: mask(m[0]), text, flags=re.S)
    text = re.sub(r"!?\[(?P<text>[^\]]*)\]\([^)]*\)", lambda m: keep(m, "text"), text)
    return re.sub(r"<[^>\n]+>|https?://\S*[\w/]|\\.|\*+|!?\[[^\]\n]{0,80}\]\(", lambda m: mask(m[0]), text)
