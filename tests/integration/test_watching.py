"""What watches over an installation: figures of the web and of a worker, the dashboard, the alerts."""

import json
import re
import socket
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import yaml
from temporalio.client import Client

from engine.clock import Clock
from engine.exposition import AddressTaken, exposed
from engine.links import Links
from engine.pauses import pause, resume
from store.database import Database
from tests.integration.installation import KEYS, PROJECT, Installation
from web.figures import Figures
from web.services import Services

MONDAY = datetime(2027, 2, 15, 8, tzinfo=UTC)
URL = "https://relance.example"
SUBSCRIBED = {"list": "newsletter", "source": "site"}
NAME = re.compile(r"\b((?:relance|temporal|process)_[a-z0-9_]+)\b")
SUFFIXES = re.compile(r"_(bucket|sum|count)$")


def free_address() -> str:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{found.getsockname()[1]}"


def names_in(text: str) -> set[str]:
    """Names of metrics that expressions ask for, without what a histogram adds."""
    return {SUFFIXES.sub("", name) for name in NAME.findall(text)}


def told_by(text: str) -> set[str]:
    return set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))


def expressions() -> list[str]:
    """All that the dashboard and the alerts ask Prometheus."""
    dashboard = json.loads((PROJECT / "deploy/grafana/relance.json").read_text("utf-8"))
    asked = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    rules = yaml.safe_load((PROJECT / "deploy/prometheus/relance.rules.yml").read_text("utf-8"))
    return asked + [rule["expr"] for group in rules["groups"] for rule in group["rules"]]


async def test_dashboard_and_alerts_ask_for_figures_that_a_web_and_a_worker_tell(
    temporal: Client, database: Database, tmp_path: Path
) -> None:
    """A contact is welcomed through the worker whose figures are read, beside those of the SDK."""
    address = free_address()
    with exposed(address) as runtime:
        target = temporal.service_client.config.target_host
        client = await Client.connect(target, namespace=temporal.namespace, runtime=runtime)
        clock = Clock(1.0, MONDAY, datetime.now(UTC))
        async with Installation(database, client, tmp_path / "outbox", clock) as relance:
            await relance.contacts("c_1")
            await relance.happen("contact.subscribed", SUBSCRIBED, "c_1")
            await relance.route()
            await relance.poke()
            await relance.until("select 1 from runs where position = '2'")
            await pause(database, "sms", ["sms"], actor="ops", reason="incident", now=relance.now)
            await pause(database, "welcome", [], actor="ops", reason="", now=relance.now)
            await resume(database, "welcome", [], actor="ops", now=relance.now)
            links = Links(URL, KEYS)
            services = Services(database, relance.plans, links, relance.renderer, URL, clock=clock)
            web = (await Figures(services).text()).decode()
            async with httpx.AsyncClient() as scraper:
                worker = (await scraper.get(f"http://{address}/metrics")).text
    sent = r'relance_messages_total\{channel="email",outcome="sent",scenario="welcome"\} [1-9]'
    assert re.search(sent, worker), "others of this process may have been welcomed, too"
    assert 'relance_paused{actor="ops",kind="channel",subject="sms"} 1.0' in web
    asked = set().union(*map(names_in, expressions()))
    assert len(asked) > 25
    assert asked <= told_by(web) | told_by(worker)
    assert not {"c_1", "c_1@example.com"} & set(re.findall(r"[\w.@]+", web + worker))


def test_every_alert_says_what_to_do_and_whether_it_wakes_somebody() -> None:
    rules = yaml.safe_load((PROJECT / "deploy/prometheus/relance.rules.yml").read_text("utf-8"))
    for rule in rules["groups"][0]["rules"]:
        assert rule["labels"]["severity"] in {"page", "ticket"}
        assert {"summary", "remedy"} == set(rule["annotations"])
        assert rule["expr"].count("(") == rule["expr"].count(")")


def test_figures_on_an_address_that_is_taken_are_told_with_the_variable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(AddressTaken, match=f"RELANCE_METRICS: {address}"), exposed(address):
            pass
