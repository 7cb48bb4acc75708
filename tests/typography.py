"""French typography, as rules that find and mend: `python tests/typography.py` mends the course, or the files named."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from prose import MASK, prose_of

ROOT = Path(__file__).resolve().parent.parent
NBSP, THIN = "\u00a0", "\u202f"


@dataclass(frozen=True)
class Rule:
    says: str  # what the author reads
    wrong: str  # regular expression, on the masked prose
    right: str | None  # what to put instead (None: only a person can tell)
    unless_after: str = "(?!)"  # what, just before, makes it right after all


VERSIONED = r"(?i:\b(python|pytorch|torch\w*|sphinx|numpy|cuda|version|debian|ubuntu|licence|by-sa|chapitre|section|partie|tp|matplotlib|v|§)\s*)"

RULES = (
    Rule("apostrophe droite : écrire ’", "'", "’"),
    Rule('guillemet droit : écrire « … »', '"', None),
    Rule("espace insécable (U+00A0) attendue après «", rf"«(?!{NBSP}\S)[^\S\n]*", f"«{NBSP}"),
    Rule("espace insécable (U+00A0) attendue avant »", rf"(?:[^\S{NBSP}]+|(?<=\S))»", f"{NBSP}»"),
    Rule("espace fine insécable (U+202F) attendue avant ; ! ?", rf"(?<!«)(?:[^\S{THIN}]+|(?<=[^\s(\[!?…]))([;!?])(?![\w=])", rf"{THIN}\1"),
    Rule("espace insécable (U+00A0) attendue avant :", rf"(?:[^\S{NBSP}]+|(?<=[^\s:(/])):(?=[\s{MASK})»]|\Z)", f"{NBSP}:"),
    Rule("points de suspension : écrire …", r"\.\.\.", "…"),
    Rule("espace insécable attendue avant %", rf"(?<=[\d{MASK}])[^\S{NBSP}{THIN}]*%", f"{NBSP}%"),
    Rule("virgule décimale : 0,5 et non 0.5", r"(?<![\w.,/-])(\d+)\.(\d+)(?![\w]|\.\d|,\d)", r"\1,\2", VERSIONED + r"(?:[\d.]+(?: ou | et |, | à ))?$"),
)


def pages() -> list[Path]:
    folders = [path for folder in ("chapters", "tp") for path in sorted((ROOT / folder).rglob("*")) if path.suffix in (".rst", ".md")]
    return [path for path in (ROOT / "index.rst", *folders, ROOT / "README.md", ROOT / "CHANGELOG.md") if path.exists()]


def faults(text: str, suffix: str = ".rst") -> Iterator[tuple[int, Rule, re.Match[str]]]:
    """(line, rule, match) for each fault, rule by rule."""
    prose = prose_of(text, suffix)
    for rule in RULES:
        for match in re.finditer(rule.wrong, prose):
            if not re.search(rule.unless_after, prose[max(0, match.start() - 40) : match.start()]):
                yield line_of(text, match.end() - 1), rule, match


def line_of(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def mend(text: str, suffix: str = ".rst") -> str:
    fixes = [(match.span(), match.expand(rule.right)) for _, rule, match in faults(text, suffix) if rule.right is not None]
    for (start, end), right in sorted(fixes, reverse=True):
        text = text[:start] + right + text[end:]
    return text


def main(names: list[str]) -> None:
    for path in map(Path, names) if names else pages():
        before = path.read_text("utf-8")
        after = mend(before, path.suffix)
        if after != before:
            path.write_text(after, "utf-8")
            print(f"{path} : corrigé")


if __name__ == "__main__":
    main(sys.argv[1:])
