"""`python -m benchmarks.upgrade --from REV`: an upgrade, rehearsed with two real versions of the code.

The old release publishes, and its workers begin journeys. The new one migrates the database under them, its
workers join, workers of both are killed, it is rolled back, and rolled out again. Then every person, message,
workflow and line of the logs is counted. To be run before each release.
"""

import asyncio
import json
import re
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from random import Random

import click

from benchmarks.rollout.count import faults, template
from benchmarks.rollout.ground import Broken, Ground, ground
from benchmarks.rollout.people import Shop
from benchmarks.rollout.releases import NoSuchRevision, Release, archived, previous

SEED = 7
WORKERS = 2
SINGLY, TOGETHER = 12, 40
EVERY_SECONDS = 0.25
KILL_SECONDS = 4.0
LOOK_SECONDS = 0.5
PATIENCE_SECONDS = 240
SHOWN = 5
OPTIONAL = ("calling",)
"""Scenarios that older releases cannot carry out."""

UNDER_WAY = """
select (select count(*) from runs r where status = 'active'
    and not exists (select from messages m where m.run_id = r.id and m.state = 'attempted'))
  + (select count(*) from routing) + (select count(*) from pokes) + (select count(*) from wakes) as n
"""
"""Whose message nobody knows of waits for the provider's word, for a day."""

UNKNOWN = """
select contact_id, message from messages
where state = 'attempted' and channel = 'email' and attempted_at < now() - interval '10 seconds'
"""
WAITING_FOR_AN_ORDER = """
select contact_id from runs where scenario = 'journey' and position = 'order' and status = 'active'
  and due_at > now() + interval '8 seconds'
"""
"""Who orders at the last moment may be late, and then rightly gets the reminder."""


@click.command(epilog="Example: python -m benchmarks.upgrade --from HEAD~20")
@click.option("--from", "old", help="What is upgraded; default: the last tag, or before the last change.")
@click.option("--to", "new", default="HEAD", show_default=True, help="What it is upgraded to.")
@click.option("--seed", default=SEED, show_default=True, help="Whom it kills, and which web is called.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def main(old: str | None, new: str, seed: int, *, as_json: bool) -> None:
    """Upgrade, roll back and upgrade again, with people under way. Exit status 1 where anything is wrong."""
    try:
        with tempfile.TemporaryDirectory(prefix="relance-upgrade-") as folder:
            releases = (
                archived("old", old or previous(), Path(folder)),
                archived("new", new, Path(folder)),
            )
            found, figures = asyncio.run(_rehearsed(*releases, Random(seed), quiet=as_json))
    except (NoSuchRevision, Broken) as error:
        raise click.ClickException(str(error)) from None
    revisions = {"from": releases[0].revision, "to": releases[1].revision}
    if as_json:
        click.echo(
            json.dumps({**revisions, "holds": not any(found.values()), "faults": found, "figures": figures})
        )
    else:
        _show(revisions, found, figures)
    if any(found.values()):
        raise SystemExit(1)


def _show(revisions: dict[str, str], found: dict[str, list[str]], figures: dict[str, int]) -> None:
    click.echo(f"\nfrom {revisions['from']} to {revisions['to']}")
    for name, number in figures.items():
        click.echo(f"  {number:>7,}  {name.replace('_', ' ')}")
    for name, each in found.items():
        click.echo(f"  {len(each):>7,}  {name.replace('_', ' ')}{'' if each else ', none'}")
        for line in each[:SHOWN]:
            click.echo(f"           {line}")


async def _rehearsed(
    old: Release, new: Release, dice: Random, *, quiet: bool
) -> tuple[dict[str, list[str]], dict[str, int]]:
    async with ground(dice) as place:
        upgrade = Upgrade(place, old, new, say=(lambda _: None) if quiet else click.echo)
        shop = await upgrade.begin()
        ordering = asyncio.create_task(upgrade.orders(shop))
        try:
            for step in (upgrade.migrate, upgrade.roll_out, upgrade.roll_back, upgrade.roll_out_again):
                await step(shop)
        finally:
            ordering.cancel()
        found, figures = await faults(place, shop, old, new)
        return upgrade.broken | found, dict(figures)


class Upgrade:
    """The steps of a rollout, with people under way in each. `broken`: what went wrong at a step itself."""

    def __init__(self, place: Ground, old: Release, new: Release, say: Callable[[str], object]) -> None:
        self._place = place
        self._old = old
        self._new = new
        self._say = say
        self.broken: dict[str, list[str]] = {"published_anew": [], "died": [], "never_over": []}

    async def begin(self) -> Shop:
        """The old release is installed, and people enter."""
        place = self._place
        await place.run(self._old, "db", "migrate")
        await self._publish()
        said = await place.run(
            self._old, "keys", "create", "shop", "--scope", "events", "--scope", "contacts"
        )
        key = re.search(r"^rl_\S+$", said, re.MULTILINE)
        if key is None:
            raise Broken(f"no key was made: {said}")
        shop = Shop(key[0], place.dice)
        await self._start(self._old, shop)
        self._say(f"{self._old.revision} runs with {self._old.migrations} migrations; people enter")
        await self._enter(shop)
        return shop

    async def migrate(self, shop: Shop) -> None:
        """The tables of the new release, under the processes of the old one."""
        said, _ = await asyncio.gather(self._place.run(self._new, "db", "migrate"), self._enter(shop))
        self._say(f"{self._new.revision} migrated under them: {len(said.splitlines())} lines")
        await self._enter(shop)

    async def roll_out(self, shop: Shop) -> None:
        """New processes beside the old ones, and workers of either die."""
        await self._start(self._new, shop)
        self._say("both run side by side, and workers of either are killed")
        await asyncio.gather(self._kill_while(self._enter(shop, times=3)))

    async def roll_back(self, shop: Shop) -> None:
        """The new processes leave, and the old ones go on over the newer tables, started anew."""
        await self._stop(self._new, shop)
        self._say("rolled back: the old ones go on alone")
        await self._kill_while(self._enter(shop))

    async def roll_out_again(self, shop: Shop) -> None:
        """The new processes take over for good, and publish what is in force already."""
        await self._start(self._new, shop)
        await self._stop(self._old, shop)
        said = await self._place.run(self._new, "publish")
        lines = [line for line in said.splitlines() if ": " in line and not line.endswith("unchanged")]
        self.broken["published_anew"] += [line for line in lines if "version" in line]
        self._say("rolled out; what is under way comes to its end")
        await self._enter(shop)
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while await self._under_way() or await self._report(shop):  # noqa: ASYNC110 - elsewhere
                    await asyncio.sleep(LOOK_SECONDS)
        except TimeoutError:
            left = await self._place.rows(
                "select id, scenario, position, due_at from runs where status = 'active'"
            )
            self.broken["never_over"] += [str(row) for row in left] or ["rows are left in an outbox"]
        await asyncio.sleep(LOOK_SECONDS * 4)
        self.broken["died"] += self._place.died()

    async def orders(self, shop: Shop) -> None:
        """Every second of those who wait for an order orders."""
        while True:
            waiting = {row["contact_id"] for row in await self._place.rows(WAITING_FOR_AN_ORDER)}
            await shop.order([each for each in shop.entered[::2] if each in waiting])
            await asyncio.sleep(LOOK_SECONDS)

    async def _under_way(self) -> bool:
        return bool((await self._place.rows(UNDER_WAY))[0]["n"])

    async def _report(self, shop: Shop) -> bool:
        """The provider tells of mails of which a killed worker could not; whether there are any."""
        provider = self._place.sendgrid
        unknown = {(row["contact_id"], row["message"]) for row in await self._place.rows(UNKNOWN)}
        taken = [mail for mail in provider.taken if (mail.to.partition("@")[0], template(mail)) in unknown]
        if taken:
            provider.webhook_url = f"{shop.webs[0]}/webhooks/sendgrid"
            answer = await provider.report(*(provider.event(mail, "delivered") for mail in taken))
            answer.raise_for_status()
        return bool(taken)

    async def _publish(self) -> None:
        """Publish with the old release what of the project it can carry out."""
        try:
            await self._place.run(self._old, "publish")
        except Broken as error:
            if not any(name in str(error) for name in OPTIONAL):
                raise
            for name in OPTIONAL:
                (self._place.project / "scenarios" / "rollout" / f"{name}.yaml").unlink()
            self._say(f"left out, since the old release cannot: {', '.join(OPTIONAL)}")
            await self._place.run(self._old, "publish")

    async def _start(self, release: Release, shop: Shop) -> None:
        for _ in range(WORKERS):
            await self._place.start_worker(release)
        web = await self._place.start_web(release)
        shop.webs.append(str(web.web))

    async def _stop(self, release: Release, shop: Shop) -> None:
        leaving = [each.web for each in self._place.processes if each.release is release and each.web]
        shop.webs = [each for each in shop.webs if each not in leaving]
        await self._place.stop(release)

    async def _enter(self, shop: Shop, times: int = 1) -> None:
        for _ in range(times):
            await shop.one_by_one(SINGLY // 2, EVERY_SECONDS)
            await shop.together(TOGETHER)
            await shop.one_by_one(SINGLY // 2, EVERY_SECONDS)

    async def _kill_while(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        while not task.done():
            await asyncio.wait([task], timeout=KILL_SECONDS)
            await self._place.kill_one()
        await task


if __name__ == "__main__":
    main()
