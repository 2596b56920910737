"""The guide speaks of files and names that exist."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "adding_a_channel.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`((?:channels|tests)/[\w./]+)`", GUIDE))))
def test_every_path_exists(path):
    assert (ROOT / path).exists()


def test_every_file_of_channels_is_told_of():
    """A new module at the top of the package needs its line; a provider needs its folder's."""
    for path in (ROOT / "channels").iterdir():
        if path.suffix == ".py" and path.stem not in {"__init__", "headers", "sms_segments", "stop_words"}:
            assert f"`channels/{path.name}`" in GUIDE
        if (path / "send.py").exists():
            assert f"`channels/{path.name}/`" in GUIDE
