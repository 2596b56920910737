"""Shops that send people and what they do to whichever web there is."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Any

import httpx

AGAIN_SECONDS = 0.2
TRIES = 100
BUSY, BROKEN = 503, 500


@dataclass
class Shop:
    """`webs`: where it may call now. `called`: those of the people who entered about whom a call is made."""

    key: str
    dice: Random
    webs: list[str] = field(default_factory=list)
    entered: list[str] = field(default_factory=list)
    called: list[str] = field(default_factory=list)
    ordered: set[str] = field(default_factory=set)
    again: int = 0
    failed: list[str] = field(default_factory=list)
    _numbers: "count[int]" = field(default_factory=lambda: count(1))

    async def one(self) -> None:
        """Somebody signs up, alone, and a case is opened for them."""
        (id_,) = await self._people(1)
        await self._subscribe([id_], "shop")
        self.entered.append(id_)
        self.called.append(id_)

    async def one_by_one(self, number: int, every: float) -> None:
        """So many people sign up, every so many seconds."""
        for _ in range(number):
            await self.one()
            await asyncio.sleep(every)

    async def together(self, number: int) -> None:
        """So many people sign up at the same moment."""
        ids = await self._people(number)
        await self._subscribe(ids, "import")
        self.entered += ids

    async def order(self, ids: Sequence[str]) -> None:
        """These people order something."""
        fresh = [each for each in ids if each not in self.ordered]
        events = [_event(f"o_{each}", "order.placed", each, order_id=each, total=40) for each in fresh]
        if events:
            await self._post("/v1/events", events)
            self.ordered.update(fresh)

    async def _people(self, number: int) -> list[str]:
        numbers = [next(self._numbers) for _ in range(number)]
        await self._post("/v1/contacts", [_person(each) for each in numbers])
        return [_id(each) for each in numbers]

    async def _subscribe(self, ids: Sequence[str], source: str) -> None:
        told = [_event(f"s_{each}", "contact.subscribed", each, list="news", source=source) for each in ids]
        await self._post("/v1/events", told)

    async def _post(self, path: str, body: list[dict[str, Any]]) -> None:
        """Post to one of the webs, again until it was taken: sent twice, an event counts once."""
        headers = {"Authorization": f"Bearer {self.key}"}
        async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
            for _ in range(TRIES):
                web = self.dice.choice(self.webs)
                try:
                    answer = await client.post(web + path, json=body, headers=headers)
                except httpx.TransportError:
                    answer = None
                if answer is not None and answer.status_code == BROKEN:
                    self.failed.append(f"{path}: {answer.text[:200]}")
                elif answer is not None and answer.status_code != BUSY:
                    answer.raise_for_status()
                    errors = answer.json()["errors"]
                    if errors:
                        raise RuntimeError(f"{path}: {errors[0]}")
                    return
                self.again += 1
                await asyncio.sleep(AGAIN_SECONDS)
        raise RuntimeError(f"{path}: nobody takes it")


def _id(number: int) -> str:
    return f"u_{number:04}"


def _person(number: int) -> dict[str, Any]:
    consents = [
        {"topic": "newsletter", "channel": channel, "state": "granted", "basis": "consent"}
        for channel in ("email", "sms")
    ]
    attributes = {"email": f"{_id(number)}@example.com", "phone": f"+3363998{number:04}", "country": "FR"}
    return {"id": _id(number), "attributes": attributes, "consents": consents}


def _event(id_: str, name: str, contact: str, **properties: Any) -> dict[str, Any]:
    return {"id": id_, "name": name, "contact": contact, "with": properties}
