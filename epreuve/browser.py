"""Where is a browser that Playwright can drive? Standard library only; ``python -m epreuve.browser`` prints its path, or exits 1."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

NAMES = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
FLAGS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-gpu",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
NONE_FOUND = "aucun navigateur"


def find_browser() -> str | None:
    """The first browser that works."""
    return next((path for path in candidates() if works(path)), None)


def candidates() -> Iterator[str]:
    """Paths of browsers, the system's first."""
    yield from filter(None, map(shutil.which, NAMES))
    yield from filter(None, [playwright_browser()])


def works(path: str) -> bool:
    """Ubuntu's `chromium-browser` may be a stub that asks for a snap; a snap cannot read the profile Playwright puts in /tmp."""
    try:
        done = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0 and re.search(r"Chrom\S* \d", done.stdout) is not None and "snap" not in done.stdout


def playwright_browser() -> str | None:
    """The Chromium that `playwright install chromium` downloads, where it did."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


if __name__ == "__main__":
    path = find_browser()
    print(path or NONE_FOUND)
    sys.exit(path is None)
