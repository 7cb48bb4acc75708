"""What is said of the proofs: terminal, JSON, JUnit, annotations, the page of proof."""

from __future__ import annotations

import json
import os
import sys
import xml.etree.ElementTree as ET
from dataclasses import asdict
from pathlib import Path
from typing import Iterable, Mapping

from .checks import within
from .files import replace_file
from .model import Problem, Proof, Result


def summary(proofs: Mapping[str, Proof]) -> dict[str, object]:
    """Counts of a build: executed, reused, skipped with reasons, values, problems, seconds."""
    code = [r for p in proofs.values() for r in p.results if r.block.kind in ("code", "command") and r.block.role != "replay"]
    values = [r for p in proofs.values() for r in p.results if r.block.kind == "value"]
    skipped: dict[str, int] = {}
    for result in code:
        if result.block.skip is not None:
            skipped[result.skipped] = skipped.get(result.skipped, 0) + 1
    ran = [r for r in code if r.block.skip is None]
    return {
        "blocks": len(code),
        "executed": sum(not r.reused for r in ran),
        "reused": sum(r.reused for r in ran),
        "skipped": skipped,
        "excerpts": sum(r.block.kind == "excerpt" for p in proofs.values() for r in p.results),
        "values": len(values),
        "problems": sum(len(p.problems) for p in proofs.values()),
        "seconds": sum(r.seconds for r in ran + values if not r.reused),
    }


def text(problem: Problem) -> str:
    """A problem for the terminal; its place begins each of its lines."""
    lines = [problem.message, *problem.detail.splitlines(), *([problem.remedy] if problem.remedy else [])]
    first, *others = [line for line in lines if line]
    return "\n".join([f"{problem.place}: {first} [epreuve.{problem.code}]", *(f"{problem.place}:   {o}" for o in others)])


def ordered(proofs: Mapping[str, Proof]) -> list[Problem]:
    """Every problem, by place, each once (a file may be included in two pages)."""
    unique = {(p.place, p.code, p.message): p for proof in proofs.values() for p in proof.problems}
    return sorted(unique.values(), key=lambda p: (p.place.path, p.place.line))


def write_json(path: Path, proofs: Mapping[str, Proof]) -> None:
    """Everything but the outputs themselves, for other tools."""
    pages = {
        docname: {
            "facts": proof.facts,
            "blocks": [fact_of(result) for result in proof.results],
            "problems": [{**asdict(p), "place": str(p.place)} for p in proof.problems],
        }
        for docname, proof in sorted(proofs.items())
    }
    replace_file(path, json.dumps({"summary": summary(proofs), "pages": pages}, ensure_ascii=False, indent=1))


def fact_of(result: Result) -> dict[str, object]:
    """What the JSON report says of a block."""
    failure = result.failure
    return {
        "place": str(result.block.place),
        "kind": result.block.kind,
        "session": result.block.session,
        "skipped": result.skipped,
        "reused": result.reused,
        "seconds": round(result.seconds, 4),
        "peak_mb": round(result.peak_mb),
        "failure": {"type": failure.type, "message": failure.message} if failure else None,
        "key": result.key,
    }


def write_junit(path: Path, proofs: Mapping[str, Proof]) -> None:
    """One test case per block, for continuous integration."""
    root = ET.Element("testsuites")
    for docname, proof in sorted(proofs.items()):
        suite = ET.SubElement(root, "testsuite", name=docname, tests=str(len(proof.results)))
        left = list(proof.problems)
        for result in proof.results:
            case = ET.SubElement(
                suite, "testcase", classname=docname, name=str(result.block.place),
                file=result.block.place.path, line=str(result.block.place.line), time=f"{result.seconds:.3f}",
            )  # fmt: skip
            if result.skipped:
                ET.SubElement(case, "skipped", message=result.skipped)
            own = [p for p in left if within(p, result)]
            left = [p for p in left if p not in own]
            for problem in own:
                ET.SubElement(case, "failure", message=clean(problem.message), type=problem.code).text = clean(text(problem))
        for problem in left:
            case = ET.SubElement(suite, "testcase", classname=docname, name=str(problem.place), file=problem.place.path)
            ET.SubElement(case, "failure", message=clean(problem.message), type=problem.code).text = clean(text(problem))
        suite.set("failures", str(len(suite.findall("testcase/failure"))))
    replace_file(path, ET.tostring(root, "unicode"))


def clean(value: str) -> str:
    """Text without the control characters that XML refuses."""
    return "".join(c for c in value if c in "\t\n" or c >= " " and not "\ud800" <= c <= "\udfff")


def annotate(problems: Iterable[Problem]) -> None:
    """GitHub annotations, when run there."""
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for p in problems:
            message = f"{p.message}\n{p.detail}\n{p.remedy}".strip().replace("%", "%25").replace("\r", "").replace("\n", "%0A")
            print(f"::error file={p.place.path},line={p.place.line},title=epreuve.{p.code}::{message}")


class Progress:
    """One line that says how far the execution is."""

    def __init__(self, stream=sys.stderr) -> None:
        self.stream, self.is_terminal, self.said = stream, stream.isatty(), -1

    def __call__(self, done: int, total: int, docname: str, result: Result | None) -> None:
        line = f"exécution des blocs : {done}/{total} ({docname})"
        if self.is_terminal:
            print(f"\r\x1b[K{line}", end="\n" if done == total else "", file=self.stream, flush=True)
        elif done == total or done * 10 // total > self.said:
            self.said = done * 10 // total
            print(line, file=self.stream, flush=True)
