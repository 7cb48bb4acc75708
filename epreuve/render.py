"""Results become ordinary docutils nodes, under the block they belong to.

The doctree on disk holds only what the author wrote; outputs are put in place
each time a page is written, whatever the builder.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Iterator

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from . import labels, store
from .checks import within
from .files import replace_file
from .french import french
from .model import UNSEEN, Output, Problem, Proof, Result

DECKS = ("revealjs", "dirrevealjs")
SUFFIXES = {"image/svg+xml": "svg", "image/png": "png", "image/jpeg": "jpg"}


class PutOutputs(SphinxPostTransform):
    """Put under each block what it gave, and in the prose its values."""

    default_priority = 20

    def run(self, **kwargs: object) -> None:
        proof = self.env.epreuve_proofs.get(self.env.docname)
        if proof is None:
            return
        self.rates = store.seed_rates(self.env.epreuve_proofs.app.epreuve_settings.store, self.env.docname)
        self.show_problems(proof)
        for node in list(self.document.findall(lambda n: isinstance(n, nodes.Element) and "epreuve_index" in n)):
            result = proof.results[node["epreuve_index"]]
            if isinstance(node, nodes.literal_block):
                self.finish_cell(node, result, proof)
            elif isinstance(node, nodes.inline):
                node.children = [nodes.Text(prose(result))]

    def show_problems(self, proof: Proof) -> None:
        """At the head of the page, the problems that no cell will show."""
        elsewhere = [p for p in proof.problems if not any(within(p, r) for r in proof.results if r.block.kind != "value")]
        title = next(iter(self.document.findall(nodes.title)), None)
        if elsewhere and title is not None:
            title.parent[title.parent.index(title) + 1 : title.parent.index(title) + 1] = [problem_box(p) for p in elsewhere]

    @property
    def builder(self):
        """The builder for which the page is written."""
        return self.env.epreuve_proofs.app.builder

    def finish_cell(self, literal: nodes.literal_block, result: Result, proof: Proof) -> None:
        """Complete the container that the directive made around a block."""
        cell = cell_of(literal)
        if cell is None:
            return
        if "diff-from" in literal:
            highlight_difference(literal, result, proof)
        caption = next((c for c in cell.children if "ep-figcaption" in c.get("classes", ())), None)
        if caption is not None:
            cell.remove(caption)
        shown = [] if "output" in result.block.hide else list(self.outputs(result, proof, caption))
        if "code" in result.block.hide:
            self.fold_code(cell, has_figure=any(o.kind == "figure" for o in result.outputs))
        if shown:
            cell += nodes.container("", *shown, classes=["ep-output"])
        cell += [problem_box(p) for p in proof.problems if within(p, result)]
        number = number_of(result, proof)
        if number and not cell["ids"]:
            cell["ids"] = [f"bloc-{number}"]
        if number and self.builder.format == "html" and self.builder.name not in DECKS and cell.children:
            cell += self.mark(result, number)

    def fold_code(self, cell: nodes.container, has_figure: bool) -> None:
        """Hide the code: folded on a page, absent from a deck."""
        code, others = cell.children[0], cell.children[1:]
        if self.builder.name in DECKS:
            cell.children = others
        elif self.builder.format == "html":
            title = labels.SHOW_FIGURE_CODE if has_figure else labels.SHOW_CODE
            opening = nodes.raw("", f'<details class="ep-hidden-code"><summary>{title}</summary>', format="html")
            folded = nodes.container("", opening, code, nodes.raw("", "</details>", format="html"), classes=["ep-folded"])
            cell.children = [*others, folded]
            folded.parent = cell

    def mark(self, result: Result, number: int) -> nodes.Node:
        """The discreet link to the page of proof, where there is one."""
        target = self.env.epreuve_page
        if not target:
            return nodes.comment()
        uri = self.builder.get_relative_uri(self.env.docname, target)
        text = labels.NOT_RUN if result.skipped or result.block.kind == "excerpt" else labels.MARK
        if result.block.holds < 100 and (rate := self.rates.get(result.key)):
            text = labels.MARK_SEEDS.format(held=rate[0], n=rate[1])
        link = nodes.reference("", text, refuri=f"{uri}#{anchor(self.env.docname, number)}", internal=True)
        link["reftitle"] = labels.MARK_TITLE
        return nodes.paragraph("", "", link, classes=["ep-mark"])

    def outputs(self, result: Result, proof: Proof, caption: nodes.Node | None) -> Iterator[nodes.Node]:
        """Nodes of everything a reader sees under a block."""
        for position, output in enumerate(result.outputs):
            if output.stated or not output.data.strip():
                continue
            if output.kind == "figure":
                yield self.figure(output, result, position, caption)
                caption = None
            elif output.mime == "text/html":
                yield nodes.container("", nodes.raw("", output.data, format="html"), classes=["ep-html"])
            elif output.mime == "text/latex":
                latex = output.data.strip().strip("$").strip()
                yield nodes.math_block(latex, latex, nowrap=False, number=None)
            else:
                yield text_block(output.data.rstrip("\n"), f"ep-{output.kind}")
        if caption is not None:
            yield nodes.paragraph("", "", *caption.children, classes=["ep-figcaption"])
        if result.failure and result.block.raises:
            yield text_block(error_text(result, proof), "ep-error")

    def figure(self, output: Output, result: Result, position: int, caption: nodes.Node | None) -> nodes.figure:
        """A figure, its image written once for all builders."""
        data = base64.b64decode(output.data) if output.mime != "image/svg+xml" else output.data.encode()
        name = f"{self.env.docname.replace('/', '-')}-{hashlib.sha256(data).hexdigest()[:12]}.{SUFFIXES.get(output.mime, 'bin')}"
        path = Path(self.env.epreuve_proofs.app.epreuve_settings.store) / "figures" / name
        if not path.exists() or path.read_bytes() != data:  # it may have been damaged
            replace_file(path, data)
        uri = str(path)
        self.env.images.add_file(self.env.docname, uri)
        image = nodes.image("", uri=uri, candidates={"*": uri}, alt=result.block.alt, classes=["ep-plot", "no-scaled-link"])
        if size := svg_size(output):
            image["width"], image["height"] = size
        made = nodes.figure("", image, classes=["ep-figure"], ids=[f"figure-{hashlib.sha256(data).hexdigest()[:8]}"])
        if caption is not None:
            made += nodes.caption("", "", *caption.children)
        return made


def cell_of(literal: nodes.Node) -> nodes.container | None:
    """The container of a block."""
    node = literal.parent
    while node is not None and "ep-cell" not in node.get("classes", ()):
        node = node.parent
    return node


def number_of(result: Result, proof: Proof) -> int:
    """Rank of a block among the code of its page, from 1; values have none."""
    if result.block.kind == "value":
        return 0
    return 1 + sum(r.block.kind != "value" and r.block.role not in UNSEEN for r in proof.results[: proof.results.index(result)])


def anchor(docname: str, number: int) -> str:
    """Identifier of a block on the page of proof."""
    return f"{re.sub(r'[^a-z0-9]+', '-', docname.lower())}-bloc-{number}"


def prose(result: Result) -> str:
    """What a value of the prose reads like."""
    if result.block.stated:
        return result.block.stated
    if result.value is None:
        return "?"
    return french(result.value[1:]) if result.value[0] == "n" else result.value[1:]


def problem_box(problem: Problem) -> nodes.admonition:
    """What an author must mend, where it is."""
    text = "\n".join(filter(None, [f"{problem.place} : {problem.message}", problem.detail, problem.remedy]))
    return nodes.admonition("", nodes.title("", labels.PROBLEM), text_block(text, "ep-problem-text"), classes=["ep-problem", "danger"])


def text_block(text: str, name: str) -> nodes.literal_block:
    """Text as it was printed."""
    return nodes.literal_block(text, text, language="none", classes=[name], xml_space="preserve")


def error_text(result: Result, proof: Proof) -> str:
    """An announced error: the page's own lines, then the message, whole."""
    session = [r for r in proof.results if r.block.session == result.block.session]
    rows = []
    for frame in result.failure.frames:
        if not 0 <= frame.block < len(session):
            continue
        other = session[frame.block]
        place = labels.ERROR_LINE.format(line=frame.line) if other is result else labels.ERROR_ABOVE
        rows.append(f"{place} : {other.block.line(frame.line)}")
    return "\n".join([*rows, f"{result.failure.type}: {result.failure.message}".rstrip()])


def highlight_difference(literal: nodes.literal_block, result: Result, proof: Proof) -> None:
    """Mark the lines that an earlier listing does not have."""
    earlier = {
        line.strip() for r in proof.results if r.block.name == literal["diff-from"] for line in r.block.source.splitlines()
    }
    lines = result.block.source.splitlines()
    added = [i for i, line in enumerate(lines, 1) if line.strip() and line.strip() not in earlier]
    literal.setdefault("highlight_args", {})["hl_lines"] = added


def svg_size(output: Output) -> tuple[str, str] | None:
    """Width and height of an SVG, in CSS pixels, so that nothing moves when it comes."""
    if output.mime != "image/svg+xml":
        return None
    opening = output.data[: output.data.find(">")]
    found = [re.search(rf'\b{side}="([\d.]+)pt"', opening) for side in ("width", "height")]
    return tuple(f"{float(f[1]) * 96 / 72:.0f}" for f in found) if all(found) else None
