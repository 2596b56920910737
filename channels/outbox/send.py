"""The channel of development: each message becomes files in a folder, and nothing leaves the machine."""

import errno
import hashlib
import json
import os
from itertools import count
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import quote

import orjson

from channels.errors import ChannelError, Misconfigured, Retryable
from channels.messages import Email, Message, SendResult

PROVIDER = "outbox"
HANDED_OVER = "handed_over.jsonl"

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE}
_APPENDED = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
_OURS_ALONE = 0o600


class Outbox:
    """Writes `<message id>.html` and `.txt`, then `.json` with every field, which tells that all are there.

    A message sent again replaces its own files and has the same `provider_id`; `handed_over.jsonl` has a
    line for each time, so that a message sent twice shows.
    """

    provider = PROVIDER

    def __init__(self, channel: str, folder: Path) -> None:
        self.name = channel
        self._folder = folder
        # By chance, since others use the folder, and whoever was killed left a draft of the same process id.
        self._mine, self._drafts = token_hex(8), count()

    async def send(self, message: Message) -> SendResult:
        """Write one message. Raises Retryable when the disk is full, Misconfigured for a wrong folder."""
        try:
            # Not in a thread: the page cache has the files sooner than a thread of Python is awake.
            return self._write(message)
        except OSError as error:
            fault = self._fault(error)
        raise fault

    async def close(self) -> None:
        """Nothing is held."""

    def _write(self, message: Message) -> SendResult:
        provider_id = (
            f"outbox-{hashlib.sha256(f'{self.name} {message.message_id}'.encode()).hexdigest()[:32]}"
        )
        told = {"channel": self.name, "provider_id": provider_id, **vars(message)}
        try:
            self._put_all(message, told)
        except FileNotFoundError:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._put_all(message, told)
        return SendResult(PROVIDER, provider_id)

    def _put_all(self, message: Message, told: dict[str, Any]) -> None:
        path = f"{self._folder}/{quote(message.message_id, safe='')}"
        if isinstance(message, Email):
            self._put(f"{path}.html", _bytes(message.html))
            self._put(f"{path}.txt", _bytes(message.text))
        else:
            self._put(f"{path}.txt", _bytes(message.body))
        line = json.dumps({"message_id": message.message_id, "channel": self.name})
        _write_whole(f"{self._folder}/{HANDED_OVER}", line.encode() + b"\n", _APPENDED)
        self._replace(f"{path}.json", _json(told))

    def _put(self, path: str, data: bytes) -> None:
        """A text, which nobody looks for before its `.json` is there, unless the message is sent again."""
        try:
            _write_whole(path, data, _NEW)
        except FileExistsError:
            self._replace(path, data)

    def _replace(self, path: str, data: bytes) -> None:
        """Put a whole file in its place at once: it is read while it is written."""
        draft = f"{self._folder}/.{self._mine}-{next(self._drafts)}.draft"
        _write_whole(draft, data, _NEW)
        try:
            Path(draft).replace(path)
        except OSError:
            Path(draft).unlink(missing_ok=True)
            raise

    def _fault(self, error: OSError) -> ChannelError:
        what = f"the outbox folder {self._folder} cannot be written: {error.strerror}"
        kind = Retryable if error.errno in _FULL else Misconfigured
        return kind(what, provider=PROVIDER, code=errno.errorcode.get(error.errno or 0))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def _json(told: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except TypeError:  # half a surrogate pair, which UTF-8 cannot say
        return _bytes(json.dumps(told, ensure_ascii=False, indent=2) + "\n")


def _write_whole(path: str, data: bytes, flags: int) -> None:
    """Write a file or none: a part of one, of a disk that is full, does not stay. Raises OSError."""
    handle = os.open(path, flags, _OURS_ALONE)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(handle, rest) :]
    except OSError:
        if flags == _NEW:
            Path(path).unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)
