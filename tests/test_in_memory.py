"""Where servers of tests keep their data."""

import signal
import subprocess
import sys
from pathlib import Path

from tests import in_memory

ROOT = Path(__file__).parents[1]
HOLDS = """
import sys, time
from pathlib import Path
from tests import in_memory
with in_memory.folder(Path("killed"), Path(sys.argv[1])) as place:
    print(place, flush=True)
    time.sleep(60)
"""


def test_processes_of_a_session_share_a_folder_that_goes_with_the_last(tmp_path: Path) -> None:
    session = tmp_path / "session"
    with in_memory.folder(session, tmp_path) as one:
        with in_memory.folder(session, tmp_path) as other, in_memory.folder(tmp_path, tmp_path) as another:
            assert one == other != another
        assert one.exists()
        assert not another.exists()
    assert not one.exists()


def test_without_room_in_memory_the_folder_is_the_sessions(tmp_path: Path) -> None:
    with in_memory.folder(tmp_path / "session", tmp_path, room=1 << 60) as place:
        assert place == tmp_path / "session"
    with in_memory.folder(tmp_path / "session", tmp_path / "absent") as place:
        assert place == tmp_path / "session"


def test_what_a_killed_session_left_goes_when_the_next_one_begins(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDS, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        left = Path(process.stdout.readline().strip())
        with in_memory.folder(tmp_path / "session", tmp_path):
            assert left.exists()
        process.send_signal(signal.SIGKILL)
    assert left.exists()
    with in_memory.folder(tmp_path / "session", tmp_path):
        assert not left.exists()
