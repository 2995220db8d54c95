"""A real PostgreSQL server in a folder of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def missing() -> str:
    """What PostgreSQL lacks here; nothing where it can be started."""
    for command in ("initdb", "pg_ctl"):
        if shutil.which(command) is None:
            return command
    try:
        import psycopg  # noqa: F401
    except ImportError:
        return "psycopg"
    return ""


class Postgres:
    """A server; it refuses to run as root, so then it runs as nobody.

    Args:
        folder: Does not exist yet; the folders above it can be entered by everybody.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self._as_user = ["setpriv", "--reuid=nobody", "--clear-groups"] if os.geteuid() == 0 else []
        folder.mkdir()
        if self._as_user:
            shutil.chown(folder, "nobody")
        self._call("initdb", "-D", "data", "-U", "tuner", "--auth=trust", "--no-sync")

    @property
    def url(self) -> str:
        """Where its database is found."""
        return f"postgresql+psycopg://tuner:secret@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        """Returns when it can be connected to."""
        options = f"-p {self.port} -k {self.folder} -F -c max_connections=300"
        self._call("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", options, "start")

    def stop(self) -> None:
        """At once, as if the power failed."""
        self._call("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")

    def _call(self, *command: str) -> None:
        # a started server keeps its output open, so it goes to a file instead of a pipe
        with (self.folder / "commands.log").open("ab") as log:
            ended = subprocess.run([*self._as_user, *command], cwd=self.folder, stdout=log, stderr=log, check=False)
        if ended.returncode:
            raise RuntimeError(f"{command[0]} failed:\n{(self.folder / 'commands.log').read_text(errors='replace')}")
