"""The teacher's edition: solutions open, speaker notes, timings, grading grids.

``epreuve_teacher`` chooses it. Without it, what is for the teacher is on no page,
in no deck and in no notebook: such a site can be published.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from .frame.directives import is_frame
from .slides.deck import BUILDERS
from .slides.markup import slide, speaker_notes, title_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata

    from .practicals.exercises import Exercise

LABELS = {
    "notes": "Pour l’enseignant",
    "timing": "Minutage",
    "grid": "Grille de notation",
    "slide": "Diapositive",
    "minutes": "Minutes",
    "exercise": "Exercice",
    "level": "Niveau",
    "points": "Points",
    "got": "Obtenu",
    "total": "Total",
    "how": "Un point par exercice facile, deux par moyen, trois par difficile ; « epreuve grade » remplit cette grille à partir des carnets rendus.",
}
POINTS = {"facile": 1, "moyen": 2, "difficile": 3}
MINUTES = re.compile(r"^\W*(\d+)\s*min\b")


class ForTeachers(SphinxPostTransform):
    """Show what is for the teacher, or take it away."""

    default_priority = 50  # before slides become pages or decks

    def run(self, **kwargs: object) -> None:
        app = self.env.epreuve_proofs.app
        notes = list(self.document.findall(speaker_notes))
        if not app.config.epreuve_teacher:
            for note in notes:
                note.parent.remove(note)
        elif app.builder.name not in BUILDERS:  # decks keep notes for the speaker's window
            self.edition(notes)

    def edition(self, notes: list[speaker_notes]) -> None:
        """The teacher's page."""
        timing = timing_of(self.document)
        for box in self.document.findall(lambda node: is_frame(node) and "collapsible" in node):
            box["collapsible"] = "open"
        for note in notes:
            note.replace_self(note_box(note))
        place = next(self.document.findall(nodes.section), None)
        if place is None:
            return
        if timing:
            rows = [*timing, (LABELS["total"], sum(minutes for _, minutes in timing))]
            place += section("timing", table([LABELS["slide"], LABELS["minutes"]], rows))
        if exercises := getattr(self.env, "epreuve_exercises", {}).get(self.env.docname):
            place += section("grid", nodes.paragraph("", LABELS["how"]), grid(exercises))


def note_box(note: speaker_notes) -> nodes.admonition:
    """Speaker notes, as a box of the page."""
    title = nodes.title("", "", nodes.inline("", LABELS["notes"], classes=["ep-kicker"]))
    return nodes.admonition("", title, *note.children, classes=["ep-frame", "ep-teacher"])


def timing_of(document: nodes.document) -> list[tuple[str, int]]:
    """Slides whose notes begin with a duration."""
    found = []
    for note in document.findall(speaker_notes):
        minutes, box = MINUTES.match(note.astext()), note.parent
        while box is not None and not isinstance(box, slide):
            box = box.parent
        if minutes and box is not None:
            found.append((title_of(box).astext(), int(minutes[1])))
    return found


def grid(exercises: tuple[Exercise, ...]) -> nodes.table:
    """One row per exercise, a column to fill in."""
    rows = [(e.title, e.level, e.minutes, POINTS.get(e.level, 1), "") for e in exercises]
    total = (LABELS["total"], "", sum(r[2] for r in rows), sum(r[3] for r in rows), "")
    return table([LABELS[k] for k in ("exercise", "level", "minutes", "points", "got")], [*rows, total])


def section(key: str, *children: nodes.Node) -> nodes.section:
    """A section at the end of a page."""
    return nodes.section("", nodes.title("", LABELS[key]), *children, ids=[f"enseignant-{key}"], classes=["ep-teacher"])


def table(titles: list[str], rows: list[tuple[object, ...]]) -> nodes.table:
    """A plain table."""
    group = nodes.tgroup("", *(nodes.colspec(colwidth=1) for _ in titles), cols=len(titles))
    group += nodes.thead("", row(titles))
    group += nodes.tbody("", *map(row, rows))
    return nodes.table("", group)


def row(values: object) -> nodes.row:
    return nodes.row("", *(nodes.entry("", nodes.paragraph("", str(value))) for value in values))


def setup(app: Sphinx) -> ExtensionMetadata:
    app.setup_extension("epreuve")
    app.add_config_value("epreuve_teacher", False, "html", bool)
    app.add_post_transform(ForTeachers)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
