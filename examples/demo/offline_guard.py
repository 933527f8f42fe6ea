"""A process that promises to be offline, and is ended when it tries not to be.

The guard is an audit hook (PEP 578): Python calls it before a socket is connected, a name is looked up, a process is
started or a file is opened, and nothing can take it away again. It ends the process at once instead of raising, since
an exception may be swallowed.
"""

from __future__ import annotations

import os
import sys
import sysconfig
import zoneinfo
from pathlib import Path
from typing import Any, Final

BROKEN: Final = 70
"""Exit code of a process that tried."""

_NETWORK: Final = ("socket.connect", "socket.getaddrinfo", "socket.gethostby", "socket.getnameinfo", "socket.send")
_ELSEWHERE: Final = ("subprocess.", "os.system", "os.exec", "os.fork", "os.posix_spawn", "os.spawn", "sqlite3.")


class OfflineGuard:
    """Refuses the network from now on; after ``close_doors`` also sockets of any kind and files of anybody else."""

    def __init__(self) -> None:
        self._closed = False
        self._folders: tuple[str, ...] = ()
        sys.addaudithook(self._hook)

    def close_doors(self, *folders: Path) -> None:
        """From now on only files below ``folders``, Python's own and the time zones can be opened, and no socket made.

        To be called when everything is imported: urllib3, which python-tuf brings along and which is never used here,
        asks on import whether the machine has IPv6 by binding a socket.
        """
        paths = sysconfig.get_paths()
        own = {paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib")}
        allowed = [*own, sys.prefix, sys.base_prefix, *zoneinfo.TZPATH, *map(str, folders)]
        self._folders = tuple(os.path.realpath(folder) + os.sep for folder in allowed)
        self._closed = True

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith((*_NETWORK, *_ELSEWHERE)):
            _end(event)
        if self._closed and event.startswith("socket."):
            _end(event)
        if self._closed and event == "open" and not self._is_own(arguments[0]):
            _end(f"{event} {arguments[0]!r}")

    def _is_own(self, path: Any) -> bool:
        if isinstance(path, int) or path in ("/dev/null", "/dev/urandom"):
            return True
        return (os.path.realpath(os.fsdecode(path)) + os.sep).startswith(self._folders)


def _end(what: str) -> None:
    os.write(2, f"offline guard: {what}\n".encode())
    os._exit(BROKEN)
