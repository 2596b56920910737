"""A file of people brought into an empty base by `relance contacts import`, beside a bare COPY of it.

The import is the command as it is typed, a process of its own, which reads, checks, stages and applies, with
history, consents and events. The COPY loads the same cells as text into a table with a key. CPU is
compared, of the process and of the database together.
"""

import asyncio
import csv
import os
import resource
import sys
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.crowd import crowd
from benchmarks.processes import cpu_seconds
from benchmarks.result import Result
from benchmarks.stage import Stage, stage
from store.database import Connection

AIM = 50.0
ROWS = 300_000
BYTES_AT_ONCE = 1 << 16
HEADER = ("id", "email", "country", "locale", "first_name", "birthdate", "news", "since")
MAPPING = "columns: { news: { consent: newsletter.email, at: since } }\n"
COUNTRIES = ("FR", "BE", "CH", "LU")
FIRST = date(1950, 1, 1)
BARE = "create unlogged table bare (id text primary key, {})"
COPY = "copy bare from stdin with (format csv, header)"


async def measure(scale: float = 1.0) -> Result:
    """CPU of the import over that of the COPY."""
    rows = max(1000, round(ROWS * scale))
    with stage(temporal=False) as parts:
        file = parts.folder / "people.csv"
        with file.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows((HEADER, *_people(rows)))
        async with crowd(parts) as base, base.database.connection() as connection:
            copied, copy_cpu = await _copied(parts, connection, file)
            database = cpu_seconds(parts.postgres)
            took, used = await asyncio.to_thread(_imported, parts, file)
            database = cpu_seconds(parts.postgres) - database
            for table in ("contacts", "consents"):
                found = (await base.row(f"select count(*) as n from {table}"))["n"]
                if found != rows:
                    raise RuntimeError(f"{rows} rows were imported, {table} has {found}")
    process = used.ru_utime + used.ru_stime
    figures: Mapping[str, float | int] = {
        "rows": rows,
        "rows_per_second": rows / took,
        "import_seconds": took,
        "copy_seconds": copied,
        "import_cpu_seconds": process,
        "database_cpu_seconds": database,
        "copy_cpu_seconds": copy_cpu,
        "import_peak_mib": used.ru_maxrss / 1024,
    }
    return Result("imports", (process + database) / copy_cpu, AIM, figures)


def _people(number: int) -> Iterator[tuple[str, ...]]:
    """People as a shop would write them down, each with a consent of some day."""
    for n in range(number):
        born = FIRST + timedelta(days=n % 20_000)
        place, since = COUNTRIES[n % len(COUNTRIES)], date(2025, 1, 1) + timedelta(days=n % 365)
        id_ = f"i_{n:07}"
        yield id_, f"{id_}@example.com", place, "fr", "Ada", str(born), "yes", str(since)


async def _copied(parts: Stage, connection: Connection, file: Path) -> tuple[float, float]:
    """Seconds of a COPY into a table of texts, and of CPU."""
    began, used = perf_counter(), process_time() + cpu_seconds(parts.postgres)
    columns = ", ".join(f"{name} text" for name in HEADER[1:])
    await connection.execute(BARE.format(columns).encode())
    async with connection.cursor() as cursor, cursor.copy(COPY) as copy:
        with file.open("rb") as source:
            while block := source.read(BYTES_AT_ONCE):
                await copy.write(block)
    return perf_counter() - began, process_time() + cpu_seconds(parts.postgres) - used


def _imported(parts: Stage, file: Path) -> tuple[float, resource.struct_rusage]:
    """Seconds of the command, and what its process used."""
    mapping = parts.folder / "mapping.yaml"
    mapping.write_text(MAPPING, "utf-8")
    words = ["-m", "cli", "contacts", "import", str(file), "--mapping", str(mapping), "--format", "json"]
    began = perf_counter()
    with parts.process("import", [sys.executable, *words]) as child:
        _, status, used = os.wait4(child.process.pid, 0)
        child.process.returncode = os.waitstatus_to_exitcode(status)
        if child.process.returncode:
            raise RuntimeError(child.last_words())
    return perf_counter() - began, used
