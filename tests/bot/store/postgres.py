"""A temporary PostgreSQL cluster from Debian's package, without network or password."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_FAST = "-c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=40"


class Postgres:
    """A running cluster, with its Unix socket in `folder`."""

    def __init__(self, programs: Path, folder: Path, control: Callable[[str], None]) -> None:
        self._programs = programs
        self._folder = folder
        self._control = control

    def restart(self) -> None:
        """Restart it, as after a crash: every connection breaks."""
        self._control("stop")
        self._control("start")

    def empty(self) -> str:
        """Empty the database; returns its URL."""
        psql = [self._programs / "psql", f"--host={self._folder}", "--username=thumbprint", "--dbname=postgres"]
        wipe = "SET client_min_messages = error; DROP SCHEMA public CASCADE; CREATE SCHEMA public"
        subprocess.run([*psql, "--quiet", f"--command={wipe}"], check=True, capture_output=True)  # noqa: S603
        return f"postgresql://thumbprint@/postgres?host={self._folder}"


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Run a cluster; skip the test if PostgreSQL is not installed."""
    found = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=None, key=lambda path: int(path.parts[-3]))
    if found is None:
        pytest.skip("no PostgreSQL in /usr/lib/postgresql; apt-get install postgresql")
    # The path of a socket is limited to 107 bytes, and pytest's folders have longer ones.
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    run_as: list[str] = []
    if os.geteuid() == 0:  # initdb refuses to run as root
        user = pwd.getpwnam("nobody")
        run_as = ["setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        os.chown(folder, user.pw_uid, user.pw_gid)

    def program(name: str, *arguments: str) -> None:
        # To a file: the server inherits it, and would keep a pipe open.
        with (folder / f"{name}.log").open("ab") as log:
            command = [*run_as, found.with_name(name), *arguments]
            ended = subprocess.run(command, stdout=log, stderr=log, cwd=folder, check=False)  # noqa: S603
            if ended.returncode:
                raise RuntimeError((folder / f"{name}.log").read_text())

    data = str(folder / "data")
    try:
        program("initdb", "--pgdata", data, "--username=thumbprint", "--auth=trust", "--encoding=UTF8", "--no-sync")

        def control(verb: str) -> None:
            how = ["--mode=immediate"] if verb == "stop" else ["--wait", "--options", f"{_FAST} -k {folder}"]
            program("pg_ctl", verb, "--pgdata", data, *how)

        control("start")
        try:
            yield Postgres(found.parent, folder, control)
        finally:
            control("stop")
    finally:
        shutil.rmtree(folder)
