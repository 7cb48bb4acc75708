"""What a block prints, shows and draws, in the order the reader would see it.

File descriptors 1 and 2 are anonymous files: what C code and subprocesses write
is drained from them before each Python write, so the order is kept without any
thread.
"""

from __future__ import annotations

import ctypes
import io
import os
import re
from collections import deque
from dataclasses import replace

from .model import Output

HEAD = 20_000  #: characters kept at the beginning of a stream
TAIL = 8_000  #: and at its end
LIBC = ctypes.CDLL(None)


class Text:
    """Text of one stream, its middle dropped beyond a limit."""

    def __init__(self, kind: str, stated: bool) -> None:
        self.kind, self.stated = kind, stated
        self.head, self.size = io.StringIO(), 0
        self.tail: deque[str] = deque()
        self.kept = self.dropped = 0

    def add(self, text: str) -> None:
        room = HEAD - self.size
        if room > 0:
            self.head.write(text[:room])
            self.size += len(text[:room])
            text = text[room:]
        if text:
            self.tail.append(text[-TAIL:])
            self.kept += len(self.tail[-1])
            self.dropped += len(text) - len(self.tail[-1])
            while self.kept - len(self.tail[0]) > TAIL:
                gone = len(self.tail.popleft())
                self.kept, self.dropped = self.kept - gone, self.dropped + gone

    def skip(self, number: int) -> None:
        """Count characters that were dropped before they came here."""
        self.dropped += number

    def text(self) -> str:
        """The whole, progress bars collapsed, what was cut said."""
        tail = "".join(self.tail)
        cut = f"\n… {self.dropped} caractères coupés …\n" if self.dropped else ""
        whole = without_colours(self.head.getvalue() + cut + tail)
        return "\n".join(last_state(line) for line in whole.split("\n"))


#: what a terminal obeys and a page cannot: colours, cursor, links, and the other control characters
CODES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\^_]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def without_colours(text: str) -> str:
    """Text without the codes that a terminal obeys."""
    return CODES.sub("", text)


def shortened(text: str) -> str:
    """A text, its middle cut beyond the limit of a stream."""
    if len(text) <= HEAD + TAIL:
        return text
    whole = Text("value", stated=False)
    whole.add(text)
    return whole.text()


def last_state(line: str) -> str:
    """What a terminal still shows of a line after its carriage returns."""
    return line.rstrip("\r").rpartition("\r")[2]


class Stream(io.TextIOBase):
    """Stand-in for ``sys.stdout`` and ``sys.stderr``."""

    encoding, errors = "utf-8", "replace"

    def __init__(self, capture: Capture, kind: str, fd: int) -> None:
        self.capture, self.kind, self.fd = capture, kind, fd
        self.buffer = Raw(self)

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.capture.add(self.kind, text)
        return len(text)

    def writable(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing: the blocks that follow write here too."""

    def fileno(self) -> int:
        return self.fd


class Raw(io.RawIOBase):
    """``sys.stdout.buffer``: bytes that become text."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:
        self.stream.write(bytes(data).decode("utf-8", "replace"))
        return len(data)


class Capture:
    """Collects the outputs of one block after another."""

    def __init__(self) -> None:
        self.files = {"stdout": (1, os.memfd_create("stdout")), "stderr": (2, os.memfd_create("stderr"))}
        self.streams = {kind: Stream(self, kind, fd) for kind, (fd, _) in self.files.items()}
        self.begin()

    def reopen(self) -> None:
        """Take memory files of its own, in a copy of the process."""
        for _, memory in self.files.values():
            os.close(memory)
        self.files = {kind: (fd, os.memfd_create(kind)) for kind, (fd, _) in self.files.items()}
        self.begin()

    def begin(self) -> None:
        """Forget everything and put the streams back in place."""
        for fd, memory in self.files.values():
            os.ftruncate(memory, 0)
            os.lseek(memory, 0, os.SEEK_SET)
            os.dup2(memory, fd)
        self.items: list[Text | Output] = []
        self.watching: list[Text] = []

    def add(self, kind: str, text: str) -> None:
        """Add text of a stream after what C code wrote before it."""
        self.drain()
        self.append(kind, text)

    def append(self, kind: str, text: str) -> None:
        stated = bool(self.watching)
        last = self.items[-1] if self.items else None
        if not (isinstance(last, Text) and last.kind == kind and last.stated == stated):
            self.items.append(last := Text(kind, stated))
        last.add(text)
        for watcher in self.watching:
            watcher.add(text)

    def show(self, output: Output) -> None:
        """Add something that is not text of a stream."""
        self.drain()
        self.items.append(replace(output, stated=bool(self.watching) and output.kind == "value"))

    def drain(self) -> None:
        """Move what was written below Python into the outputs."""
        LIBC.fflush(None)
        for kind, (_, memory) in self.files.items():
            size = os.fstat(memory).st_size
            if size:
                self.move(kind, memory, size)

    def move(self, kind: str, memory: int, size: int) -> None:
        """Append the content of a memory file, its middle dropped if long, and empty it."""
        head = min(size, 4 * HEAD)
        tail = min(size - head, 4 * TAIL)
        self.append(kind, os.pread(memory, head, 0).decode("utf-8", "replace"))
        if size > head + tail:
            self.items[-1].skip(size - head - tail)
        if tail:
            self.append(kind, os.pread(memory, tail, size - tail).decode("utf-8", "replace"))
        os.ftruncate(memory, 0)
        os.lseek(memory, 0, os.SEEK_SET)

    def clear(self) -> None:
        """``clear_output()``: what was shown so far disappears."""
        self.drain()
        self.items.clear()

    def end(self) -> list[Output]:
        """The outputs of the block."""
        self.drain()
        return [
            Output(item.kind, "text/plain", item.text(), stated=item.stated) if isinstance(item, Text) else item
            for item in self.items
        ]
