"""``prove``: pages of blocks in, one proof a page out."""

from __future__ import annotations

from dataclasses import replace
from typing import Callable, Iterable, Mapping, Sequence

from . import plan, store
from .checks import problems_of
from .effort import effort_of
from .labels import NO_GPU
from .model import NOT_PYTHON, Block, Proof, Result, Session
from .pool import Job, Pool
from .settings import Settings, facts_of

Progress = Callable[[int, int, str, Result | None], None]


def prove(
    pages: Mapping[str, Sequence[Block]], settings: Settings, pool: Pool, progress: Progress = lambda *_: None
) -> dict[str, Proof]:
    """Find or run every block of every page, then look for problems.

    ``pages`` maps a docname to its blocks, in order. ``progress`` is called with
    (done, total, docname, result) each time a block has run.
    """
    return prove_under(pages, [settings], pool, progress)[0]


def prove_under(
    pages: Mapping[str, Sequence[Block]], variants: Sequence[Settings], pool: Pool, progress: Progress = lambda *_: None
) -> list[dict[str, Proof]]:
    """The same under several settings (seeds, say), all run together."""
    studies = [Study(settings, pages) for settings in variants]
    run_missing(studies, pool, progress)
    return [study.proofs() for study in studies]


class Study:
    """Pages under one set of settings: what was found, what must run."""

    def __init__(self, settings: Settings, pages: Mapping[str, Sequence[Block]]) -> None:
        self.settings = settings
        self.pages = {docname: [unless_impossible(b, settings) for b in page] for docname, page in pages.items()}
        self.sessions = [s for docname, page in self.pages.items() for s in plan.sessions_of(docname, page)]
        base = plan.base_key(settings)
        self.keys = [plan.keys_of(session, base) for session in self.sessions]
        self.paths = [store.path_of(settings.store, base, session) for session in self.sessions]
        seen: dict[str, str] = {}
        self.found = [
            look_up(session, keys, store.read(path, keys), settings.root, seen)
            for session, keys, path in zip(self.sessions, self.keys, self.paths)
        ]

    def jobs(self) -> dict[int, Job]:
        """Number of a session → the job that runs what it lacks."""
        return {
            number: Job(session, missing, plan.states_of(session, self.keys[number]), self.settings.seed, effort_of(tuple(b.source for b in session.blocks if plan.runs(b))))
            for number, session in enumerate(self.sessions)
            if (missing := positions(self.found[number]))
        }

    def take(self, number: int, position: int, result: Result) -> None:
        """Keep a result, and record it if it may be found again."""
        key = self.keys[number][position]
        self.found[number][position] = replace(result, key=key)
        if lasting(result):
            store.save(self.paths[number], key, result)

    def proofs(self) -> dict[str, Proof]:
        """One proof a page, once everything has run."""
        facts = facts_of(self.settings)
        results = {
            (session.docname, id(block)): result
            for session, found in zip(self.sessions, self.found)
            for block, result in zip(session.blocks, found)
        }
        proofs = {}
        for docname, page in self.pages.items():
            ordered = tuple(results[docname, id(block)] for block in page)
            proofs[docname] = Proof(docname, ordered, tuple(problems_of(ordered, self.settings)), len(ordered), facts)
        return proofs


def unless_impossible(block: Block, settings: Settings) -> Block:
    """The block, skipped with a reason where this machine cannot run it."""
    block = replace(block)
    if block.needs == "cuda" and settings.device != "cuda" and block.skip is None:
        return replace(block, skip=NO_GPU)
    return block


def look_up(session: Session, keys: Sequence[str], lines: store.Lines, root: str, seen: dict[str, str]) -> list[Result | None]:
    """The recorded results of a session; ``None`` where a block must run.

    What a block read must be unchanged, and so must what the blocks before it read.
    """
    results: list[Result | None] = []
    broken = False
    for block, key in zip(session.blocks, keys):
        if not key:
            results.append(Result(block, skipped=block.skip or ""))
            continue
        result = None if broken else store.find(lines, key, block)
        if result and store.still_true(result.depends, root, seen):
            result = None
        broken = broken or (result is None and block.kind == "code")
        results.append(replace(result, key=key, reused=True) if result else None)
    return results


def run_missing(studies: Sequence[Study], pool: Pool, progress: Progress) -> None:
    """Run what was not found, all studies together."""
    owners = {id(job): (study, number, job) for study in studies for number, job in study.jobs().items()}
    if not owners:
        return
    total, done = sum(len(job.wanted) for _, _, job in owners.values()), 0
    for job, position, result in pool.run([job for _, _, job in owners.values()]):
        study, number, _ = owners[id(job)]
        study.take(number, position, result)
        done += 1
        progress(done, total, job.session.docname, result)


def positions(results: Iterable[Result | None]) -> frozenset[int]:
    """Where results are missing."""
    return frozenset(i for i, result in enumerate(results) if result is None)


def lasting(result: Result) -> bool:
    """Whether a result may be found again: an accident of the process may not repeat."""
    return result.failure is None or result.failure.type not in NOT_PYTHON
