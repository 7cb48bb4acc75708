"""``epreuve live``: an edit reaches the browser, at the same place, and nothing breaks it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import write

CONF = "extensions = ['epreuve', 'epreuve.slides']\nepreuve_preload = ()\nlanguage = 'fr'\nhtml_theme = 'basic'\n"
PAGE = """Page
====

.. slide:: Un

   .. code-block:: python

      import time
      time.sleep(1.5)
      x = 10

{filler}

.. slide:: Deux

   .. code-block:: python

      {code}
"""
FILLER = "\n\n".join(["Du texte."] * 60)


class Live:
    """A running ``epreuve live`` and the project it watches."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.edit("x + 1")
        write(folder, {"conf.py": CONF})
        command = [sys.executable, "-m", "epreuve", "--source", str(folder), "live", "--port", str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def edit(self, code: str) -> None:
        write(self.folder, {"index": PAGE.format(code=code, filler=FILLER)})

    def url(self, name: str = "index.html") -> str:
        return f"http://127.0.0.1:{self.port}/{name}"

    def get(self, name: str = "index.html") -> str:
        try:
            return urllib.request.urlopen(self.url(name), timeout=5).read().decode()
        except OSError:
            return ""

    def wait(self, condition: Callable[[], bool], seconds: float = 40) -> bool:
        end = time.monotonic() + seconds
        while not (done := condition()) and time.monotonic() < end:
            time.sleep(0.05)
        return done


@pytest.fixture
def live(tmp_path: Path):
    running = Live(tmp_path)
    yield running
    running.process.send_signal(signal.SIGINT)
    output, _ = running.process.communicate(timeout=30)
    assert "Traceback" not in output, output


def test_an_edit_reaches_page_and_deck(live) -> None:
    assert live.wait(lambda: ">11" in live.get() or "\n11" in live.get())
    live.edit("x + 890")
    assert live.wait(lambda: "900" in live.get() and "900" in live.get("diapos/index.html"))


def test_problems_are_shown_and_mended(live) -> None:
    assert live.wait(lambda: "11" in live.get())
    live.edit("x + (")
    assert live.wait(lambda: "À corriger" in live.get() and "never closed" in live.get())
    live.edit("x + 5555")
    assert live.wait(lambda: "5565" in live.get() and "À corriger" not in live.get())


def test_pages_come_and_go_and_a_broken_conf_is_survived(live) -> None:
    assert live.wait(lambda: "11" in live.get())
    write(live.folder, {"autre": ":orphan:\n\nAutre\n=====\n\nbienvenue\n"})
    assert live.wait(lambda: "bienvenue" in live.get("autre.html"))
    (live.folder / "autre.rst").rename(live.folder / "ailleurs.rst")
    assert live.wait(lambda: "bienvenue" in live.get("ailleurs.html"))
    (live.folder / "ailleurs.rst").unlink()
    write(live.folder, {"conf.py": "extensions = ['nexistepas']\n"})
    time.sleep(2)
    write(live.folder, {"conf.py": CONF})
    live.edit("x + 7777")
    assert live.wait(lambda: "7787" in live.get())


def test_a_killed_builder_is_started_again(live) -> None:
    assert live.wait(lambda: "11" in live.get())
    found = subprocess.run(["pgrep", "-f", f"epreuve.live.builder html {live.folder}"], capture_output=True, text=True)
    os.kill(int(found.stdout.split()[0]), signal.SIGKILL)
    live.edit("x + 1111")
    time.sleep(1)
    live.edit("x + 2222")
    assert live.wait(lambda: "2232" in live.get())


def test_the_browser_reloads_at_the_same_place(live, browser) -> None:
    assert live.wait(lambda: "11" in live.get() and live.get("diapos/index.html"))
    page = browser.new_page(viewport={"width": 900, "height": 500})
    page.goto(live.url())
    page.evaluate("window.scrollTo(0, 700)")
    page.wait_for_timeout(300)
    live.edit("x + 3333")
    reloaded = "document.readyState === 'complete' && document.body.textContent.includes('{}')"  # a page that just began has no body
    page.wait_for_function(f"{reloaded.format(3343)} && Math.abs(scrollY - 700) < 5", timeout=20_000)
    page.wait_for_timeout(300)
    assert abs(page.evaluate("scrollY") - 700) < 5
    deck = browser.new_page()
    deck.goto(live.url("diapos/index.html") + "#/deux")
    deck.wait_for_function("window.Reveal && Reveal.isReady()")
    slide = deck.evaluate("Reveal.getCurrentSlide().id")
    live.edit("x + 4444")
    deck.wait_for_function(f"{reloaded.format(4454)} && Reveal.isReady()", timeout=20_000)
    deck.wait_for_timeout(500)
    assert deck.evaluate("Reveal.getCurrentSlide().id") == slide
    page.close()
    deck.close()
