"""CPU seconds that processes have used, read from /proc where there is one."""

import os
from pathlib import Path

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK")
AFTER_NAME = 2
"""The name of a program may hold spaces: fields are counted from behind its closing parenthesis."""


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and all that descend from it; 0.0 where the system has no /proc.

    Children that have ended are counted by whoever waited for them.
    """
    if not PROC.is_dir():
        return 0.0
    children: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    for entry in PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        # proc(5): ppid is field 4; utime, stime, cutime and cstime are fields 14 to 17.
        children.setdefault(int(fields[3 - AFTER_NAME]), []).append(int(entry.name))
        used[int(entry.name)] = sum(map(int, fields[13 - AFTER_NAME : 17 - AFTER_NAME])) / TICKS
    return _sum(pid, children, used)


def _sum(pid: int, children: dict[int, list[int]], used: dict[int, float]) -> float:
    return used.get(pid, 0.0) + sum(_sum(child, children, used) for child in children.get(pid, ()))
