"""The page « Vérification »: ``.. proofs::``, generated from the results, never edited.

What is measured anew each time a block runs, its duration and its memory, is in a file of its own that the page loads:
two builds of the same sources give the same bytes, that one file apart.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from . import store
from .model import UNSEEN, Proof, Result
from .render import DECKS, anchor, number_of
from .report import replace_file, summary

if TYPE_CHECKING:
    from sphinx.application import Sphinx

LABELS = {
    "block": "Bloc", "state": "État", "time": "Durée", "memory": "Mémoire", "claims": "Affirmations", "seeds": "Graines",
    "ran": "exécuté", "raised": "erreur annoncée, levée", "excerpt": "extrait vérifié", "problem": "problème",
    "totals": "{ran} blocs exécutés, {values} nombres de la prose calculés ou vérifiés, {claims} attendus vérifiés, {skipped} blocs non exécutés.",
    "machine": "Construit avec {facts}.",
    "rate": "{} sur {}",
    "volatile": "sortie variable : {reason}",
    "measures": "Les durées et les mémoires sont dans le fichier {file}.",
}
#: Fills the last two cells of each row; the data file calls it.
FILL = """function epreuveMesures(mesures) {
  for (const bloc in mesures) {
    const ligne = document.getElementById(bloc)?.closest("tr");
    if (ligne) mesures[bloc].forEach((texte, i) => { (ligne.cells[4 + i].firstElementChild ?? ligne.cells[4 + i]).textContent = texte; });
  }
}"""  # fmt: skip


class Proofs(SphinxDirective):
    """``.. proofs::`` marks where the tables go."""

    def run(self) -> list[nodes.Node]:
        self.env.epreuve_page = self.env.docname
        return [nodes.container("", classes=["ep-proofs"])]


class PutProofs(SphinxPostTransform):
    """Fill the page of proof."""

    default_priority = 21

    def run(self, **kwargs: object) -> None:
        for place in self.document.findall(lambda n: isinstance(n, nodes.container) and "ep-proofs" in n["classes"]):
            proofs = {d: p for d, p in sorted(self.env.epreuve_proofs.items()) if p.results}
            place += self.totals(proofs)
            for docname, proof in proofs.items():
                place += self.section(docname, proof)
            place += self.measures()

    @property
    def builder(self):
        """The builder for which the page is written."""
        return self.env.epreuve_proofs.app.builder

    def totals(self, proofs: dict[str, Proof]) -> list[nodes.Node]:
        """What was run on what machine, in two sentences."""
        counts = summary(proofs)
        claims = sum(len(r.observations) for p in proofs.values() for r in p.results)
        facts = next(iter(proofs.values())).facts if proofs else {}
        said = LABELS["totals"].format(
            ran=counts["executed"] + counts["reused"], values=counts["values"], claims=claims,
            skipped=sum(counts["skipped"].values()),
        )  # fmt: skip
        machine = LABELS["machine"].format(facts=", ".join(f"{k} {v}" if k != "device" else v for k, v in facts.items()))
        return [nodes.paragraph("", said), nodes.paragraph("", machine)]

    def measures(self) -> nodes.raw:
        """The script that puts durations and memory in the tables."""
        file = relative_uri(self.builder.get_target_uri(self.env.docname), data_file(self.env.docname))
        said = LABELS["measures"].format(file=f'<a href="{file}">{file}</a>')
        html = f'<script>{FILL}</script>\n<script src="{file}"></script>\n<noscript><p>{said}</p></noscript>'
        return nodes.raw("", html, format="html")

    def section(self, docname: str, proof: Proof) -> nodes.section:
        """The table of one page."""
        title = self.env.titles.get(docname)
        section = nodes.section("", nodes.title("", "", *[c.deepcopy() for c in title.children]), ids=[anchor(docname, 0)])
        rates = store.seed_rates(self.env.epreuve_proofs.app.epreuve_settings.store, docname)
        rows = [self.row(docname, proof, r, rates) for r in proof.results if r.block.kind != "value" and r.block.role not in UNSEEN]
        if rows:
            section += table([LABELS[k] for k in ("block", "state", "claims", "seeds", "time", "memory")], rows)
        return section

    def row(self, docname: str, proof: Proof, result: Result, rates: dict[str, tuple[int, int]]) -> tuple[str, list[list[nodes.Node]]]:
        """Identifier and cells of a block's row."""
        number = number_of(result, proof)
        uri = self.builder.get_relative_uri(self.env.docname, docname) + f"#bloc-{number}"
        link = nodes.reference("", str(result.block.place), refuri=uri, internal=True)
        seeds = LABELS["rate"].format(*rates[result.key]) if result.key in rates else ""
        claims = str(len(result.observations) or "")
        texts = (state(result, proof), claims, seeds, "", "")
        cells = [[link], *([nodes.Text(text)] for text in texts)]
        return anchor(docname, number), cells


def state(result: Result, proof: Proof) -> str:
    """What happened to a block, in a few words."""
    if result.skipped:
        return result.skipped
    if result.block.kind == "excerpt":
        return LABELS["excerpt"]
    if result.failure:
        return LABELS["raised"] if result.block.raises else LABELS["problem"]
    volatile = result.block.volatile
    return LABELS["ran"] + (f" ({LABELS['volatile'].format(reason=volatile)})" if volatile else "")


def data_file(docname: str) -> str:
    """The file of the measures, beside the page, from the root of the site."""
    return f"{docname}-durees.js"


def write_measures(app: Sphinx, exception: Exception | None) -> None:
    """Leave the measures of every block that ran beside the page."""
    page = getattr(app.env, "epreuve_page", "")
    if exception or not page or app.builder.format != "html" or app.builder.name in DECKS:
        return
    measures = {
        anchor(docname, number_of(r, proof)): (duration(r.seconds), f"{r.peak_mb:.0f}\N{NO-BREAK SPACE}Mio")
        for docname, proof in sorted(app.env.epreuve_proofs.items()) for r in proof.results
        if r.peak_mb and not r.skipped and r.block.kind != "value" and r.block.role not in UNSEEN
    }  # fmt: skip
    text = json.dumps(measures, ensure_ascii=False, indent=0)
    replace_file(Path(app.outdir) / data_file(page), f"epreuveMesures({text});\n")


def duration(seconds: float) -> str:
    """A duration in French, to two digits or more."""
    text = f"{1000 * seconds:.2g} ms" if seconds < 0.0995 else f"{seconds:.2g} s" if seconds < 99.5 else f"{seconds:.0f} s"
    return text.replace(".", ",").replace(" ", "\N{NO-BREAK SPACE}")


def table(titles: list[str], rows: list[tuple[str, list[list[nodes.Node]]]]) -> nodes.table:
    """A docutils table whose rows can be linked to."""
    group = nodes.tgroup("", *[nodes.colspec(colwidth=1) for _ in titles], cols=len(titles))
    group += nodes.thead("", nodes.row("", *[nodes.entry("", nodes.paragraph("", t)) for t in titles]))
    body = nodes.tbody()
    for identifier, cells in rows:
        entries = [nodes.entry("", nodes.paragraph("", "", *cell)) for cell in cells]
        entries[0].children[0]["ids"] = [identifier]
        body += nodes.row("", *entries)
    group += body
    return nodes.table("", group, classes=["ep-proof-table"])
