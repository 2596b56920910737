"""The channel of development: each message becomes files in a folder, and nothing leaves the machine."""

import asyncio
import errno
import hashlib
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote

from channels.errors import ChannelError, Misconfigured, Retryable
from channels.messages import Email, Message, SendResult

PROVIDER = "outbox"
HANDED_OVER = "handed_over.jsonl"

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE}


class Outbox:
    """Writes `<message id>.html` and `.txt`, then `.json` with every field, which tells that all are there.

    A message sent again replaces its own files and has the same `provider_id`; `handed_over.jsonl` has a
    line for each time, so that a message sent twice shows.
    """

    provider = PROVIDER

    def __init__(self, channel: str, folder: Path) -> None:
        self.name = channel
        self._folder = folder

    async def send(self, message: Message) -> SendResult:
        """Write one message. Raises Retryable when the disk is full, Misconfigured for a wrong folder."""
        try:
            return await asyncio.to_thread(self._write, message)
        except OSError as error:
            fault = self._fault(error)
        raise fault

    async def close(self) -> None:
        """Nothing is held."""

    def _write(self, message: Message) -> SendResult:
        provider_id = (
            f"outbox-{hashlib.sha256(f'{self.name} {message.message_id}'.encode()).hexdigest()[:32]}"
        )
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        stem = quote(message.message_id, safe="")
        if isinstance(message, Email):
            self._put(f"{stem}.html", message.html)
            self._put(f"{stem}.txt", message.text)
        else:
            self._put(f"{stem}.txt", message.body)
        told = {"channel": self.name, "provider_id": provider_id, **asdict(message)}
        with (self._folder / HANDED_OVER).open("ab", buffering=0) as log:
            log.write(json.dumps({"message_id": message.message_id, "channel": self.name}).encode() + b"\n")
        self._put(f"{stem}.json", json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        return SendResult(PROVIDER, provider_id)

    def _put(self, name: str, text: str) -> None:
        """Put a whole file in its place at once: the studio reads the folder while it is written."""
        handle, draft = tempfile.mkstemp(dir=self._folder, prefix=".", suffix=".draft")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", errors="replace", newline="") as file:
                file.write(text)
            Path(draft).replace(self._folder / name)
        except OSError:
            Path(draft).unlink(missing_ok=True)
            raise

    def _fault(self, error: OSError) -> ChannelError:
        what = f"the outbox folder {self._folder} cannot be written: {error.strerror}"
        kind = Retryable if error.errno in _FULL else Misconfigured
        return kind(what, provider=PROVIDER, code=errno.errorcode.get(error.errno or 0))
