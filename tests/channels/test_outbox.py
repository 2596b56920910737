"""The channel of development: files and nothing else."""

import asyncio
import json
from dataclasses import asdict, replace

import pytest

from channels.errors import Misconfigured
from channels.outbox.send import HANDED_OVER, Outbox


def names(folder):
    """The files of the messages, without the log of what was handed over."""
    return sorted(path.name for path in folder.iterdir() if path.name != HANDED_OVER)


async def test_each_time_a_message_is_handed_over_leaves_a_line(tmp_path, email):
    """So that a message sent twice shows, although its files are replaced."""
    outbox = Outbox("email", tmp_path)
    await outbox.send(email)
    await outbox.send(email)
    lines = [json.loads(line) for line in (tmp_path / HANDED_OVER).read_text(encoding="utf-8").splitlines()]
    assert lines == [{"message_id": "m_01HZX4", "channel": "email"}] * 2


async def test_an_email_becomes_three_files(tmp_path, email):
    result = await Outbox("email", tmp_path / "made" / "outbox").send(email)
    folder = tmp_path / "made" / "outbox"
    assert names(folder) == ["m_01HZX4.html", "m_01HZX4.json", "m_01HZX4.txt"]
    assert (folder / "m_01HZX4.html").read_text(encoding="utf-8") == email.html
    assert (folder / "m_01HZX4.txt").read_text(encoding="utf-8") == email.text
    told = json.loads((folder / "m_01HZX4.json").read_text(encoding="utf-8"))
    assert told.pop("channel") == "email"
    assert told.pop("provider_id") == result.provider_id
    assert told == json.loads(json.dumps(asdict(email)))


async def test_a_sms_becomes_two(tmp_path, sms):
    await Outbox("sms", tmp_path).send(sms)
    assert names(tmp_path) == ["m_01HZX5.json", "m_01HZX5.txt"]
    assert (tmp_path / "m_01HZX5.txt").read_text(encoding="utf-8") == sms.body


async def test_the_same_message_has_the_same_id_and_files(tmp_path, email):
    """An attempt repeated leaves one message; another message and another channel have ids of their own."""
    first = await Outbox("email", tmp_path).send(email)
    again = await Outbox("email", tmp_path).send(replace(email, text="Bonjour"))
    assert first == again
    assert len(names(tmp_path)) == 3
    assert (tmp_path / "m_01HZX4.txt").read_text(encoding="utf-8") == "Bonjour"
    other = await Outbox("email", tmp_path).send(replace(email, message_id="m_2"))
    elsewhere = await Outbox("sms", tmp_path).send(email)
    assert len({first.provider_id, other.provider_id, elsewhere.provider_id}) == 3


@pytest.mark.parametrize("message_id", ["../../escape", "/etc/passwd", "a\x00b", "..", "é &?"])
async def test_an_id_cannot_leave_the_folder(tmp_path, email, message_id):
    """Ids are ours, and a file name is made of them all the same."""
    folder = tmp_path / "deep" / "outbox"
    await Outbox("email", folder).send(replace(email, message_id=message_id))
    assert len(names(folder)) == 3
    assert [path for path in tmp_path.rglob("*") if path.is_file() and path.parent != folder] == []


async def test_a_reader_never_sees_half_a_message(tmp_path, email):
    """While one message is written again and again, every file that is there is whole."""
    outbox = Outbox("email", tmp_path)
    texts = ["a" * 100_000, "b" * 100_000]
    await outbox.send(replace(email, html=texts[0]))

    async def write() -> None:
        for turn in range(40):
            await outbox.send(replace(email, html=texts[turn % 2]))

    writing = asyncio.create_task(write())
    while not writing.done():
        html = await asyncio.to_thread((tmp_path / "m_01HZX4.html").read_text, encoding="utf-8")
        assert html in texts
    await writing
    assert len(names(tmp_path)) == 3


def _killed(*_):
    raise SystemExit


async def test_what_a_killed_worker_left_behind_is_in_nobodys_way(tmp_path, email, monkeypatch):
    """Its drafts stay; the next one, which may have its process id, sends the same messages."""
    with monkeypatch.context() as killed:
        killed.setattr("pathlib.Path.replace", _killed)
        with pytest.raises(SystemExit):
            await Outbox("email", tmp_path).send(email)
    assert list(tmp_path.glob("*.draft"))
    assert not list(tmp_path.glob("*.json"))
    await Outbox("email", tmp_path).send(email)
    assert json.loads((tmp_path / "m_01HZX4.json").read_text(encoding="utf-8"))["html"] == email.html


async def test_line_breaks_and_odd_characters_are_kept(tmp_path, sms):
    await Outbox("sms", tmp_path).send(replace(sms, body="a\r\nb\n🌿\ud83d"))
    assert (tmp_path / "m_01HZX5.txt").read_bytes() == "a\r\nb\n🌿?".encode()


async def test_a_folder_that_is_none_says_so(tmp_path, email):
    """The error names the folder."""
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(Misconfigured, match=r"outbox folder .*file"):
        await Outbox("email", tmp_path / "file").send(email)


async def test_closing_is_harmless(tmp_path):
    await Outbox("email", tmp_path).close()
