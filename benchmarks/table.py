"""From raw measures to the tables of README.md.

A ratio is taken inside each repetition, where the tools ran one after the other,
then its median over repetitions: the load of the machine weighs on both sides.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass

from .studies import quantile

CORES = "cœurs"
GOALS = {True: "oui", False: "**non**", None: "—"}


@dataclass(frozen=True)
class Row:
    """One line of the table of goals."""

    work: str
    goal: str
    measured: str
    kept: bool | None


class Data:
    """The raw measures of a run."""

    def __init__(self, raw: dict) -> None:
        self.raw = raw
        self.cores = int(raw["facts"][CORES])

    def seconds(self, key: str) -> list[float]:
        return [m["seconds"] for m in self.raw["measures"].get(key, ())]

    def field(self, key: str, name: str) -> float:
        values = [m[name] for m in self.raw["measures"].get(key, ())]
        return statistics.median(values) if values else 0.0

    def numbers(self, key: str) -> list[float]:
        return self.raw["numbers"].get(key, [])

    def has(self, study: str) -> bool:
        return any(k.startswith(f"{study}/") for kind in ("measures", "numbers") for k in self.raw[kind])

    def floor(self, study: str, *sphinx: str) -> list[float]:
        """Import + max(sum of execution / cores, longest page) + Sphinx alone, at each repetition."""
        alone = [sum(values) for values in zip(*(self.seconds(f"{study}/froid/{name}") for name in sphinx))]
        parts = zip(
            self.seconds(f"{study}/import/python"), self.numbers(f"{study}/froid/exécution"),
            self.numbers(f"{study}/froid/plus longue page"), alone,
        )  # fmt: skip
        return [imports + max(total / self.cores, longest) + rest for imports, total, longest, rest in parts]


def ratios(over: list[float], under: list[float]) -> list[float]:
    """Repetition by repetition."""
    return [a / b for a, b in zip(over, under)]


def number(value: float, digits: int = 2) -> str:
    """As one writes it in French."""
    return f"{value:.{digits}f}".replace(".", ",")


def at_most(work: str, values: list[float], limit: float, what: str) -> Row:
    """A ratio that must not exceed a limit."""
    goal = f"≤ {number(limit)} × {what}"
    if not values:
        return Row(work, goal, "non mesuré", None)
    value = statistics.median(values)
    return Row(work, goal, f"{number(value)} × {extremes(values)}", value <= limit)


def at_least(work: str, values: list[float], limit: float, what: str) -> Row:
    """A ratio that must reach a limit."""
    goal = f"≥ {number(limit, 1)} × plus rapide que {what}"
    if not values:
        return Row(work, goal, "non mesuré", None)
    value = statistics.median(values)
    return Row(work, goal, f"{number(value)} × {extremes(values)}", value >= limit)


def extremes(values: list[float]) -> str:
    """Smallest and largest, when there are several."""
    return f"({number(min(values))} à {number(max(values))})" if len(values) > 1 else ""


def rows(data: Data) -> list[Row]:
    """The lines of the issue, those that were measured."""
    made = []
    for study in (benchmark, own, large, tensor, training, counters, live, edits):
        made += study(data)
    return made


def benchmark(data: Data) -> list[Row]:
    name = "cours d’essai"
    if not data.has(name):
        return []
    ours = {a: data.seconds(f"{name}/{a}/epreuve") for a in ("froid", "rien", "prose", "dernier bloc")}
    plain = {a: data.seconds(f"{name}/{a}/sphinx") for a in ours}
    restart = [sum(parts) for parts in zip(
        data.seconds(f"{name}/import/python"), data.numbers(f"{name}/froid/plus longue page"), plain["prose"]
    )]  # fmt: skip
    ran = {a: max(data.numbers(f"{name}/{a}/blocs exécutés"), default=0) for a in ours}
    made = [at_most("cours d’essai, à froid", ratios(ours["froid"], data.floor(name, "sphinx")), 1.15, "plancher")]
    for tool, limit in (("MyST-NB", 4.0), ("jupyter-sphinx", 1.0), ("sphinx-gallery", 1.0)):
        made.append(at_least("cours d’essai, à froid", ratios(data.seconds(f"{name}/froid/{tool}"), ours["froid"]), limit, tool))
    made.append(at_most("rien de changé", ratios(ours["rien"], plain["rien"]), 1.1, "Sphinx nu"))
    made.append(at_most(f"prose d’une page ({ran['prose']:.0f} bloc exécuté)", ratios(ours["prose"], plain["prose"]), 1.2, "Sphinx nu"))
    last = at_most("dernier bloc d’une page, 5 s d’entraînement avant", ratios(ours["dernier bloc"], restart), 1.15, "import + page + Sphinx")
    made.append(last)
    made.append(at_least("même modification", ratios(data.seconds(f"{name}/dernier bloc/MyST-NB"), ours["dernier bloc"]), 1.0, "MyST-NB"))
    return made


def own(data: Data) -> list[Row]:
    name = "notre cours"
    if not data.has(name):
        return []
    both = ("sphinx html", "sphinx revealjs")
    again = [sum(v) for v in zip(*(data.seconds(f"{name}/rien/{b}") for b in both))]
    cold = data.seconds(f"{name}/froid/epreuve")
    return [
        at_most("notre cours, pages et diaporamas, à froid", ratios(cold, data.floor(name, *both)), 1.15, "plancher"),
        at_least("notre cours, pages et diaporamas, à froid", ratios(data.seconds(f"{name}/froid/MyST-NB"), cold), 4.0, "MyST-NB (pages seules)"),
        at_most("notre cours, rien de changé", ratios(data.seconds(f"{name}/rien/epreuve"), again), 1.1, "Sphinx, deux constructeurs"),
        at_most("notre cours, rien de changé", ratios(data.seconds(f"{name}/rien/epreuve"), data.seconds(f"{name}/rien/sphinx html")), 1.1, "Sphinx, pages seules"),
    ]


def large(data: Data) -> list[Row]:
    name = "grand cours"
    sizes = sorted({int(k.split("/")[1].split()[0]) for k in data.raw["measures"] if k.startswith(f"{name}/") and "pages" in k})
    if not sizes:
        return []
    few, many = sizes[0], sizes[-1]
    own = {n: statistics.median(ours_beyond_sphinx(data, name, n)) / n for n in sizes}
    memory = {n: data.field(f"{name}/{n} pages/epreuve", "together_mb") - data.field(f"{name}/{n} pages/sphinx", "together_mb") for n in sizes}
    slope = (own[many] * many - own[few] * few) / (many - few)
    grown = (memory[many] - memory[few]) / memory[few]
    return [
        Row(f"{many} pages de 20 blocs, notre part", "≤ 60 ms par page", f"{number(1000 * own[many], 0)} ms par page", own[many] <= 0.06),
        Row(f"une page de plus, de {few} à {many} pages", "≤ 60 ms par page de plus", f"{number(1000 * slope, 0)} ms par page de plus", slope <= 0.06),
        Row(f"mémoire, de {few} à {many} pages", "plate (± 10 %)", f"{number(memory[few], 0)} → {number(memory[many], 0)} Mio de plus que Sphinx", abs(grown) <= 0.1),
    ]


def ours_beyond_sphinx(data: Data, name: str, pages: int) -> list[float]:
    """What we add to Sphinx and to the import of torch."""
    parts = zip(data.seconds(f"{name}/{pages} pages/epreuve"), data.seconds(f"{name}/{pages} pages/sphinx"), data.seconds(f"{name}/import/python"))
    return [ours - sphinx - imports for ours, sphinx, imports in parts]


def tensor(data: Data) -> list[Row]:
    ours, kernel = (data.numbers(f"premier tenseur/à chaud/{who}") for who in ("epreuve", "noyau Jupyter"))
    if not ours:
        return []
    value = statistics.median(ours)
    measured = f"{number(1000 * value, 0)} ms (noyau Jupyter : {number(statistics.median(kernel), 1)} s)"
    return [Row("premier tenseur, processus préchargé en place", "< 50 ms", measured, value < 0.05)]


def training(data: Data) -> list[Row]:
    name = "entraînements"
    if not data.has(name):
        return []
    ours, theirs = data.seconds(f"{name}/froid/epreuve"), data.seconds(f"{name}/froid/MyST-NB -j 2")
    pages = sorted({k.split("/")[1] for k in data.raw["numbers"] if k.startswith(f"{name}/entrainement")})
    worst = [statistics.median(ratios(data.numbers(f"{name}/{p}/epreuve"), data.numbers(f"{name}/{p}/MyST-NB -j 2"))) for p in pages]
    return [
        at_least("entraînements", ratios(theirs, ours), 1.3, "deux noyaux Jupyter"),
        Row("entraînements, page la moins favorable", "jamais plus lente", f"{number(max(worst))} × le temps du noyau", max(worst) <= 1),
        at_most("entraînements, à froid", ratios(ours, data.floor(name, "sphinx")), 1.15, "plancher"),
    ]


def counters(data: Data) -> list[Row]:
    counts = [data.numbers(f"compteurs/{what}/epreuve") for what in ("lectures par page", "exécutions par bloc")]
    if not all(counts):
        return []
    measured = "{} lecture par page, {} exécution par bloc".format(*(number(c[-1], 1) for c in counts))
    return [Row("page et diaporama", "une lecture, une exécution", measured, all(c[-1] == 1 for c in counts))]


def live(data: Data) -> list[Row]:
    made = []
    for label in sorted({k.split("/")[1] for k in data.raw["numbers"] if k.startswith("make live/")}):
        values = data.numbers(f"make live/{label}/epreuve")
        if label.startswith("exécution"):
            value = statistics.median(values)
            made.append(Row(f"make live : {label}", "< 0,3 s d’exécution", f"{number(value)} s {extremes(values)}", value < 0.3))
            continue
        middle, late = statistics.median(values), quantile(values, 0.95)
        measured = f"médiane {number(middle)} s, 95 % sous {number(late)} s ({len(values)} modifications)"
        made.append(Row(f"make live : {label}", "médiane < 1 s, 95 % < 2 s", measured, middle < 1 and late < 2))
    return made


def edits(data: Data) -> list[Row]:
    tried, equal = (data.numbers(f"modifications/{what}/epreuve") for what in ("essayées", "égales"))
    if not tried:
        return []
    measured = f"{number(equal[-1], 0)} sur {number(tried[-1], 0)}"
    return [Row("make live : modifications au hasard", "mêmes pages qu’une construction à froid", measured, equal == tried)]


def text(raw: dict) -> str:
    """All of it, in Markdown."""
    data = Data(raw)
    facts = {k: v for k, v in raw["facts"].items() if k != "charge"}
    load = raw["facts"]["charge"] or [0]
    lines = [
        "| travail | but | mesuré | tenu |", "| --- | --- | --- | --- |",
        *(f"| {r.work} | {r.goal} | {r.measured} | {GOALS[r.kept]} |" for r in rows(data)),
        "", *durations(data), "",
        f"Sorties : {raw.get('sorties', 'non comparées')}.", "",
        "Versions : " + ", ".join(f"{k} {v}" for k, v in facts.items()) + ".", "",
        f"Charge de la machine pendant les mesures : médiane {number(statistics.median(load), 1)}, de {number(min(load), 1)} à {number(max(load), 1)}.",
    ]  # fmt: skip
    return "\n".join(lines)


def durations(data: Data) -> list[str]:
    """Median seconds of each tool, and the memory of its largest process."""
    lines = ["| durées (médianes) | outil | secondes | processeur | plus gros processus | fois |", "| --- | --- | --- | --- | --- | --- |"]
    for key, measures in data.raw["measures"].items():
        study, action, tool = key.split("/")
        seconds, cpu, memory = (number(data.field(key, f), d) for f, d in (("seconds", 1), ("cpu", 1), ("largest_mb", 0)))
        lines.append(f"| {study}, {action} | {tool} | {seconds} | {cpu} | {memory} Mio | {len(measures)} |")
    for study in ("cours d’essai", "entraînements"):
        if floor := data.floor(study, "sphinx"):
            lines.append(f"| {study}, froid | plancher | {number(statistics.median(floor), 1)} | | | {len(floor)} |")
    if floor := data.floor("notre cours", "sphinx html", "sphinx revealjs"):
        lines.append(f"| notre cours, froid | plancher | {number(statistics.median(floor), 1)} | | | {len(floor)} |")
    return lines
