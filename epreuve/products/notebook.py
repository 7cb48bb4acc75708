"""Pieces of a page as a Jupyter notebook: valid nbformat 4.5, the same bytes each time."""

from __future__ import annotations

import ast
import hashlib
import json
import sys
from typing import Iterable, Iterator

from ..checks import names_bound
from ..model import Output, Result
from .labels import LABELS
from .markdown import Code, Piece

#: What a student's machine has; anything else is said in the cell.
COMMON = {"torch", "numpy", "matplotlib", "sklearn", "mpl_toolkits"} | set(sys.stdlib_module_names)
DISTRIBUTION = {"torchsummary": "torch-summary"}

PREPARE = """{comment}
import random

import numpy
import torch

random.seed(0)
numpy.random.seed(0)
torch.manual_seed(0);"""


def notebook(pieces: Iterable[Piece], source: str, outputs: bool = True) -> str:
    """The text of a notebook. ``source`` names the page, for who collects answers."""
    cells, seen, lacking = [], {}, {}
    for piece in joined(pieces):
        cell = code_cell(piece, outputs, needed(piece.source, lacking)) if isinstance(piece, Code) else markdown_cell(piece)
        key = hashlib.sha256(f"{cell['cell_type']}\n{cell['source']}".encode()).hexdigest()[:10]
        seen[key] = seen.get(key, 0) + 1
        cell["id"] = key if seen[key] == 1 else f"{key}-{seen[key]}"
        cells.append(cell)
    metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
        "epreuve": {"page": source},
    }
    whole = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Text between two cells of code makes one cell, split at titles."""
    run: list[str] = []
    for piece in pieces:
        if run and (isinstance(piece, Code) or piece.startswith("#")):
            yield "\n\n".join(run)
            run = []
        if isinstance(piece, Code):
            yield piece
        else:
            run.append(piece)
    if run:
        yield "\n\n".join(run)


def markdown_cell(text: str) -> dict[str, object]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def code_cell(piece: Code, with_outputs: bool, missing: list[str]) -> dict[str, object]:
    """A cell of code, with the outputs of its block or without."""
    metadata: dict[str, object] = {}
    tags = []
    result, source = piece.result, piece.source
    if piece.role:
        metadata["epreuve"] = {"exercise": piece.exercise, "role": piece.role}
    if piece.role == "check" or (result and result.block.raises):
        tags.append("raises-exception")  # « tout exécuter » goes on to the end
    if result and "code" in result.block.hide:
        metadata["jupyter"] = {"source_hidden": True}
        tags.append("hide-input")
    if missing:
        source = f"{LABELS['requires'].format(packages=', '.join(missing))}\n{source}"
        tags.append("raises-exception")
    if tags:
        metadata["tags"] = sorted(set(tags))
    outputs = list(outputs_of(result)) if result and with_outputs else []
    return {"cell_type": "code", "execution_count": None, "metadata": metadata, "outputs": outputs, "source": source}


def prelude() -> Code:
    """The first cell of a chapter: seeds, as the pages have them."""
    return Code(PREPARE.format(comment=LABELS["prepare"]))


def packages_of(source: str) -> list[str]:
    """The packages that a block imports and that students may not have."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
    imported = {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    imported |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module and not n.level}
    tops = {name.partition(".")[0] for name in imported} - COMMON
    return sorted(DISTRIBUTION.get(name, name) for name in tops)


def needed(source: str, lacking: dict[str, list[str]]) -> list[str]:
    """The packages that a block needs, itself or through names of earlier blocks; ``lacking`` keeps what those names need."""
    own = packages_of(source)
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return own
    missing: set[str] = set()
    for statement in tree.body:  # the first that fails stops the block
        loaded = {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
        text = ast.unparse(statement)
        missing |= {*packages_of(text), *(package for name in loaded & lacking.keys() for package in lacking[name])}
        for name in names_bound(text):
            lacking.pop(name, None)
            if missing:
                lacking[name] = sorted(missing)
    return sorted(missing)


def outputs_of(result: Result) -> Iterator[dict[str, object]]:
    """The outputs of a block, in the words of nbformat."""
    for output in result.outputs:
        if output.kind in ("stdout", "stderr"):
            yield {"name": output.kind, "output_type": "stream", "text": output.data}
        elif output.kind == "value":
            yield {"data": bundle(output), "execution_count": None, "metadata": {}, "output_type": "execute_result"}
        else:
            yield {"data": bundle(output), "metadata": {}, "output_type": "display_data"}
    if result.failure:
        failure = result.failure
        trace = [f"{failure.type}: {failure.message}"]
        yield {"ename": failure.type, "evalue": failure.message, "output_type": "error", "traceback": trace}


def bundle(output: Output) -> dict[str, str]:
    """An output under each of its forms."""
    plain = {"text/plain": output.text} if output.text and output.mime != "text/plain" else {}
    return {output.mime: output.data, **plain}
