"""Where is a browser that the tests can drive? `python tests/browser.py` prints its path, or exits 1."""

from __future__ import annotations

import sys

from epreuve.browser import FLAGS, NONE_FOUND, find_browser

__all__ = ["FLAGS", "find_browser"]

if __name__ == "__main__":
    path = find_browser()
    print(path or NONE_FOUND)
    sys.exit(path is None)
