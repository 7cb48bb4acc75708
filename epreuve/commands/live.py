"""``epreuve live``: rebuild and reload as the author saves."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
from pathlib import Path

from ..live import server, watch
from ..project import BUILD

POLL = 0.1  #: seconds between two looks at the sources


def add(subparsers) -> None:
    """Declare the command."""
    parser = subparsers.add_parser("live", help="reconstruit à chaque enregistrement et recharge le navigateur sur place")
    parser.add_argument("--port", type=int, default=8000)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    source = Path(options.source).resolve()
    out = source / BUILD / "live" / "html"
    out.mkdir(parents=True, exist_ok=True)
    listeners = server.Listeners()
    try:
        web = server.serve(str(out), options.port, listeners)
    except OSError as error:
        print(f"Port {options.port} indisponible ({error.strerror}) : choisir --port", file=sys.stderr)
        return 2
    threading.Thread(target=web.serve_forever, daemon=True).start()
    builders = [Builder("html", source, out)]
    if has_decks(source):
        builders.append(Builder("revealjs", source, out / "diapos"))
    print(f"Cours sur http://127.0.0.1:{web.server_port}/ (Ctrl-C pour arrêter)", flush=True)
    try:
        follow(source, builders, listeners)
    finally:
        for builder in builders:
            builder.close()
        web.shutdown()
    return 0


def follow(source: Path, builders: list[Builder], listeners: server.Listeners) -> None:
    """Build at once, then at each change, for ever."""
    before = watch.snapshot(source)
    rebuild(builders, listeners)
    while True:
        time.sleep(POLL)
        after = watch.snapshot(source)
        if files := watch.changed(before, after):
            before = after
            if any(needs_restart(source, Path(f)) for f in files):
                for builder in builders:
                    builder.close()
            rebuild(builders, listeners)


def needs_restart(source: Path, file: Path) -> bool:
    """A change of the configuration or of the extension needs another process."""
    relative = file.relative_to(source)
    return relative.name == "conf.py" or (relative.parts[0] == "epreuve" and relative.suffix == ".py")


def rebuild(builders: list[Builder], listeners: server.Listeners) -> None:
    """Build pages, tell the browsers, then decks, and tell them again."""
    for builder, prefix in zip(builders, ("", "diapos/")):
        result = builder.build()
        pages = [prefix + page for page in result["pages"]]
        listeners.tell({"pages": pages, "problems": result["problems"]})
        say(result, builder is builders[0])


def say(result: dict, pages: bool) -> None:
    """One line a build, then the problems."""
    if pages:
        shown = ", ".join(result["pages"][:4]) + ("…" if len(result["pages"]) > 4 else "")
        print(f"{time.strftime('%H:%M:%S')}  {result['seconds']:.2f} s  {shown or 'rien à refaire'}", flush=True)
        for problem in result["problems"]:
            print(problem["text"], flush=True)


def has_decks(source: Path) -> bool:
    """Whether the project asks for slides."""
    return "epreuve.slides" in (source / "conf.py").read_text("utf-8")


class Builder:
    """Client of a process that builds; started when needed, started again if it died."""

    def __init__(self, name: str, source: Path, out: Path) -> None:
        self.command = [sys.executable, "-m", "epreuve.live.builder", name, str(source), str(out)]
        self.source = source
        self.process: subprocess.Popen | None = None

    def build(self) -> dict:
        """Build what changed."""
        if self.process is None or self.process.poll() is not None:
            self.process = subprocess.Popen(self.command, cwd=self.source, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            self.process.stdin.write("build\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except OSError:
            answer = ""
        if not answer:
            self.close()
            lost = {"place": "", "text": "Le processus de construction s’est arrêté ; il repartira au prochain enregistrement."}
            return {"pages": [], "problems": [lost], "seconds": 0.0}
        return json.loads(answer)

    def close(self) -> None:
        """End the process and what it started."""
        if self.process:
            self.process.stdin.close()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
            self.process = None
