"""Pages served with a small script that reloads them in place."""

from __future__ import annotations

import json
import queue
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import resources

EVENTS, SCRIPT = "/epreuve-live", "/epreuve-live.js"


class Listeners:
    """Browsers that wait for news."""

    def __init__(self) -> None:
        self.queues: list[queue.Queue] = []
        self.last: dict[str, object] = {}

    def tell(self, news: dict[str, object]) -> None:
        """Send news to every browser."""
        self.last = news
        for waiting in list(self.queues):
            waiting.put(news)


class Handler(SimpleHTTPRequestHandler):
    """Static files; HTML gets the script; one address streams the news."""

    protocol_version = "HTTP/1.1"

    def __init__(self, *args: object, listeners: Listeners, **kwargs: object) -> None:
        self.listeners = listeners
        super().__init__(*args, **kwargs)

    def log_message(self, *args: object) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == EVENTS:
            self.stream()
        elif path == SCRIPT:
            self.reply(resources.files("epreuve").joinpath("live/live.js").read_bytes(), "text/javascript")
        elif path.endswith((".html", "/")):
            self.page()
        else:
            super().do_GET()

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def page(self) -> None:
        """A page with the script at its end."""
        name = self.translate_path(self.path) + ("index.html" if self.path.partition("?")[0].endswith("/") else "")
        try:
            with open(name, "rb") as file:
                content = file.read()
        except OSError:
            self.send_error(404)
            return
        tag = f'<script src="{SCRIPT}"></script>'.encode()
        self.reply(content.replace(b"</body>", tag + b"</body>", 1), "text/html; charset=utf-8")

    def reply(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def stream(self) -> None:
        """News as they come, until the browser leaves."""
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        waiting: queue.Queue = queue.Queue()
        self.listeners.queues.append(waiting)
        try:
            self.event({**self.listeners.last, "pages": []})
            while True:
                try:
                    self.event(waiting.get(timeout=15))
                except queue.Empty:
                    self.wfile.write(b": toujours\n\n")
                    self.wfile.flush()
        except OSError:
            pass
        finally:
            self.listeners.queues.remove(waiting)
            self.close_connection = True

    def event(self, news: dict[str, object]) -> None:
        self.wfile.write(f"data: {json.dumps(news)}\n\n".encode())
        self.wfile.flush()


def serve(folder: str, port: int, listeners: Listeners) -> ThreadingHTTPServer:
    """A server on this machine only, not started. Raises ``OSError`` when the port is taken."""
    handler = partial(Handler, directory=folder, listeners=listeners)
    server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    server.daemon_threads = True
    return server
