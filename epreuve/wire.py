"""Messages between processes: a length, then JSON, over a Unix socket."""

from __future__ import annotations

import json
import socket
import struct


def send(sock: socket.socket, message: object, fds: tuple[int, ...] = ()) -> None:
    """Send one message, and file descriptors with it."""
    data = json.dumps(message, ensure_ascii=False).encode("utf-8", "replace")
    header = struct.pack("!I", len(data))
    if fds:
        socket.send_fds(sock, [header], list(fds))
    else:
        sock.sendall(header)
    sock.sendall(data)


def receive(sock: socket.socket, fds: int = 0) -> tuple[object, list[int]] | None:
    """One message and its file descriptors, or ``None`` at the end, which nonsense is too."""
    received: list[int] = []
    try:
        if fds:
            header, received, _, _ = socket.recv_fds(sock, 4, fds)
        else:
            header = sock.recv(4)
        if len(header) < 4:
            header += read(sock, 4 - len(header)) if header else b""
        if len(header) < 4:
            return None
        data = read(sock, struct.unpack("!I", header)[0])
        return json.loads(data.decode("utf-8", "replace")), received
    except (OSError, EOFError, ValueError):  # closed, silent too long, or not one of our messages
        return None


def read(sock: socket.socket, size: int) -> bytes:
    """Exactly ``size`` bytes; raises ``EOFError`` when the other end closed before."""
    parts = []
    while size:
        part = sock.recv(min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
