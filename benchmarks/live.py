"""``epreuve live`` driven by a script: seconds from a save to the new output. ``live.py FOLDER [EDITS]``.

Prints one line of JSON: label → seconds of each edit. A label that begins with
« exécution » holds seconds spent in blocks. With Playwright and Chromium the new
output is waited for in a real browser; without them, in what the server sends.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from typing import Callable, Iterator

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from benchmarks import course  # noqa: E402
from benchmarks.tools import OURS, empty  # noqa: E402

PATIENCE = 120  #: seconds
Wait = Callable[[str], None]


@contextlib.contextmanager
def server(root: Path) -> Iterator[str]:
    """``epreuve live`` over a project: its address."""
    command = [sys.executable, "-m", "epreuve", "--source", str(root), "live", "--port", "0"]
    with open(root / "live.log", "w") as log:
        process = subprocess.Popen(command, cwd=root, stdout=log, stderr=log)
        try:
            address = None
            while address is None:
                if process.poll() is not None:
                    raise RuntimeError((root / "live.log").read_text("utf-8"))
                time.sleep(0.05)
                address = re.search(r"http://\S+/", (root / "live.log").read_text("utf-8"))
            yield address[0]
        finally:
            process.terminate()
            process.wait()


@contextlib.contextmanager
def viewer(address: str) -> Iterator[Callable[[str], Wait]]:
    """Something that opens a page once and then waits for a text in it."""
    browser = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        browser = None
    if not browser:
        yield lambda page: lambda text: poll(address + page, text)
        return
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-background-networking"])
        tab = chromium.new_page()

        def opened(page: str) -> Wait:
            tab.goto(address + page, wait_until="domcontentloaded")

            def wait(text: str) -> None:
                tab.wait_for_function("text => document.body && document.body.innerText.includes(text)", arg=text, timeout=PATIENCE * 1000)

            return wait

        yield opened
        chromium.close()


def poll(url: str, text: str) -> None:
    """Ask for a page until it holds a text."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        with contextlib.suppress(OSError), urllib.request.urlopen(url) as answer:
            if text in re.sub(r"<[^>]+>", "", answer.read().decode("utf-8")):
                return
        time.sleep(0.02)
    raise TimeoutError(f"{url} ne contient pas « {text} »")


def executed(root: Path) -> float:
    """Seconds spent in blocks by the last build."""
    return json.loads((root / "build/epreuve/rapport.json").read_text("utf-8"))["summary"]["seconds"]


def main(root: Path, edits: int) -> None:
    """Edit, wait, note."""
    empty(root)
    scale = 1.0
    OURS.write(root, course.benchmark(scale))
    found: dict[str, list[float]] = {"dernier bloc": [], "exécution, dernier bloc": [], "prose": []}
    with server(root) as address, viewer(address) as opened:
        poll(f"{address}{course.EDITED}.html", "essai 0")
        wait = opened(f"{course.EDITED}.html")
        for n in range(1, edits + 1):
            start = time.perf_counter()
            OURS.write(root, course.benchmark(scale, edit=n, prose=n - 1))
            wait(f"essai {n}")
            found["dernier bloc"].append(time.perf_counter() - start)
            time.sleep(0.3)
            found["exécution, dernier bloc"].append(executed(root))
            start = time.perf_counter()
            OURS.write(root, course.benchmark(scale, edit=n, prose=n))
            wait(f"Version {n} de cette phrase.")
            found["prose"].append(time.perf_counter() - start)
            time.sleep(0.3)
    print(json.dumps({label: values[1:] for label, values in found.items()}))  # the first edit finds no checkpoint


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 11)
