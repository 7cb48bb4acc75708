"""Who may import whom in `epreuve`: one list, read with `ast`. A module imports only what stands before it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "epreuve"

# From the bottom up. A sub-package is one name: inside it, modules import each other freely.
LAYERS = """
    files model labels french settings wire expect
    svg capture confine referee rich checkpoint optimizers worker warm draw
    plan effort pool store checks pipeline
    scan markup render report proofpage build
    assets pictures math slides frame figures search furo_french home site
    practicals grading products teacher
    browser book
    __init__ project unchanged live commands pytest_plugin cli __main__
""".split()

WORKSHOP = ("worker", "warm")  # what runs the author's code: no Sphinx there
HEAVY = ("torch", "numpy", "matplotlib", "IPython", "sklearn")  # only there, only when needed


def modules() -> dict[str, list[Path]]:
    """Layer name -> its files."""
    found = {path.stem: [path] for path in PACKAGE.glob("*.py")}
    return found | {path.parent.name: sorted(path.parent.rglob("*.py")) for path in PACKAGE.glob("*/__init__.py")}


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """(line, absolute dotted name) for each import of a file, also inside functions; not those for type checkers only."""
    package = ("epreuve", *path.relative_to(PACKAGE).parent.parts)
    for node in runtime(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *filter(None, [node.module])))
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def runtime(tree: ast.AST) -> Iterator[ast.AST]:
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING")):
            yield node
            yield from runtime(node)


def layer_of(dotted: str) -> str | None:
    """`epreuve.frame.html.element` -> frame; `epreuve.__version__` -> __init__; `os` -> None."""
    top, _, rest = dotted.partition(".")
    if top != "epreuve":
        return None
    name = rest.partition(".")[0]
    return name if name in modules() else "__init__"


def test_every_module_has_its_place():
    assert sorted(set(modules()) - set(LAYERS)) == [], "à placer dans LAYERS"
    assert len(LAYERS) == len(set(LAYERS))


@pytest.mark.parametrize("name", LAYERS)
def test_imports_go_down(name: str):
    files = modules().get(name, [])
    allowed = LAYERS[: LAYERS.index(name) + (len(files) > 1)]
    wrong = [
        f"epreuve/{path.relative_to(PACKAGE)}:{line}: {dotted}"
        for path in files
        for line, dotted in imported(path)
        if (layer := layer_of(dotted)) and layer not in allowed
    ]
    assert wrong == []


def below(name: str) -> set[str]:
    """The module, and all that it ends up importing."""
    direct = {layer for path in modules().get(name, []) for _, dotted in imported(path) if (layer := layer_of(dotted))} - {name}
    return {name}.union(*map(below, direct))


def names_imported(name: str) -> set[str]:
    return {dotted.partition(".")[0] for path in modules()[name] for _, dotted in imported(path)}


def test_the_workshop_knows_nothing_of_sphinx():
    inside = {name for start in WORKSHOP for name in below(start) if name in modules()}
    assert {name for name in inside if names_imported(name) & {"sphinx", "docutils"}} == set()


def test_only_the_workshop_loads_what_is_heavy():
    inside = {name for start in WORKSHOP for name in below(start)}
    assert {name for name in modules() if name not in inside and names_imported(name) & set(HEAVY)} == set()
