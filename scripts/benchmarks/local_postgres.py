"""A temporary PostgreSQL cluster from Debian's package, without network or password."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_FAST: Final = "-c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=200"
"""It forgets nothing when it is stopped at once, unless the whole machine is."""
_INSTALLED: Final = Path("/usr/lib/postgresql")
"""Where Debian installs it, a folder per version."""


class NotInstalledError(Exception):
    """A server that runs beside the bot is not installed; says how to install it."""


class Postgres:
    """A cluster, with its Unix socket in `folder`; started with `start`."""

    def __init__(self, programs: Path, folder: Path, run_as: Sequence[str]) -> None:
        self._programs = programs
        self._folder = folder
        self._run_as = run_as

    def create(self) -> None:
        """Create its files."""
        self._run("initdb", "--username=thumbprint", "--auth=trust", "--encoding=UTF8", "--no-sync")

    def start(self) -> None:
        """Start it; returns once it accepts connections."""
        self._run("pg_ctl", "start", "--wait", "--options", f"{_FAST} -k {self._folder}")

    def stop(self) -> None:
        """Stop it, without waiting for its clients."""
        self._run("pg_ctl", "stop", "--mode=immediate")

    def restart(self) -> None:
        """Restart it, as after a crash: every connection breaks."""
        self.stop()
        self.start()

    def empty(self) -> str:
        """Empty the database; returns its URL."""
        psql = [self._programs / "psql", f"--host={self._folder}", "--username=thumbprint", "--dbname=postgres"]
        wipe = "SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public"
        subprocess.run([*psql, "--quiet", f"--command={wipe}"], check=True, capture_output=True)  # noqa: S603
        return f"postgresql://thumbprint@/postgres?host={self._folder}"

    def _run(self, name: str, *arguments: str) -> None:
        # To a file: the server inherits it, and would keep a pipe open.
        with (self._folder / f"{name}.log").open("ab") as log:
            command = [*self._run_as, self._programs / name, *arguments, f"--pgdata={self._folder / 'data'}"]
            ended = subprocess.run(command, stdout=log, stderr=log, cwd=self._folder, check=False)  # noqa: S603
            if ended.returncode:
                raise RuntimeError((self._folder / f"{name}.log").read_text())


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Run a cluster inside the block. Raises NotInstalledError."""
    found = max(_INSTALLED.glob("*/bin/initdb"), default=None, key=lambda path: int(path.parts[-3]))
    if found is None:
        raise NotInstalledError(f"There is no PostgreSQL in {_INSTALLED}. Run `apt-get install postgresql`.")
    # The path of a socket is limited to 107 bytes, and many temporary folders have longer ones.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    run_as: list[str] = []
    if os.geteuid() == 0:  # initdb refuses to run as root
        user = pwd.getpwnam("nobody")
        run_as = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        os.chown(folder, user.pw_uid, user.pw_gid)

    cluster = Postgres(found.parent, folder, run_as)
    try:
        cluster.create()
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()
    finally:
        shutil.rmtree(folder)
