"""Which circles end and which do not: by the rule of entry, the key, restarts, and what patterns mean."""

import shutil
from pathlib import Path

import pytest

from dsl.compiler import compile_project

BASE = Path(__file__).parent / "golden" / "project"
HEAD = "scenario: case\ntopic: newsletter\n"
ORDER = "trigger: { event: order.placed }\n"
SUBSCRIBED = "trigger: { event: contact.subscribed }\n"
HELLO = "  - email: hello\n"
EMIT = '  - emit: order.placed\n    with: { order_id: "a", channel: web }\n'
RESTART = "entry: once\nwhile_active: restart\n"
WAIT = "  - wait: 1 hour\n"
HANDLER = f"{HEAD}{SUBSCRIBED}entry: once\nsteps:\n{WAIT}{HELLO}handlers:\n  - event: contact.changed\n    "

ENDLESS = {
    "a restart while the run waits": f"{HEAD}{ORDER}{RESTART}steps:\n{EMIT}{WAIT}",
    "a restart before a message has left": f"{HEAD}{ORDER}{RESTART}steps:\n{EMIT}{HELLO}",
    "a restart out of the middle of a loop": (
        f"{HEAD}{ORDER}{RESTART}steps:\n  - repeat: {{ every: 1 day, at_most: 3 }}\n    steps:\n"
        "      - emit: order.placed\n"
    ),
    "a restart by an attribute": (
        f"{HEAD}trigger: {{ changed: contact.points }}\n{RESTART}steps:\n"
        f"  - add: {{ contact.points: 1 }}\n{WAIT}"
    ),
    "a key that grows": (
        f"{HEAD}{ORDER}entry: once per 30 days\nkey: event.total\nsteps:\n"
        "  - emit: order.placed\n    with: { total: event.total * 2 }\n"
    ),
    "a key that grows by way of a variable": (
        f"{HEAD}{ORDER}entry: once\nkey: event.total\nsteps:\n  - set: {{ run.more: event.total * 2 }}\n"
        "  - emit: order.placed\n    with: { total: run.more }\n"
    ),
    "a key that an attribute makes grow": (
        f"{HEAD}trigger: {{ changed: contact.points }}\nentry: once\nkey: contact.points\nsteps:\n"
        "  - add: { contact.points: 1 }\n"
    ),
    "a message that arrives": (
        f"{HEAD}trigger: {{ event: message.delivered }}\nentry: always\nsteps:\n{HELLO}"
    ),
    "a message that comes back for now": (
        f"{HEAD}trigger: {{ event: message.bounced, where: channel == email }}\n"
        f"entry: always\nsteps:\n{HELLO}"
    ),
    "a handler of any change": f"{HANDLER}add: {{ contact.points: 1 }}\n",
    "a handler and the scenario that starts anew": (
        f"{HEAD}trigger: {{ changed: contact.points }}\nentry: always\nwhile_active: parallel\n"
        f"handlers:\n  - event: order.placed\n    add: {{ contact.points: 1 }}\nsteps:\n{EMIT}{WAIT}"
    ),
}

ENDING = {
    "a restart whose run is over when it is heard": f"{HEAD}{ORDER}{RESTART}steps:\n{HELLO}{EMIT}",
    "a restart after an end": f"{HEAD}{ORDER}{RESTART}steps:\n{HELLO}{EMIT}  - exit: done\n",
    "a way without a rest beside one with": (
        f"{HEAD}{ORDER}{RESTART}steps:\n  - if: contact.tier == gold\n    then:\n"
        '      - emit: order.placed\n        with: { order_id: "a" }\n    else:\n      - wait: 1 hour\n'
    ),
    "an event that ends the run which it would restart": (
        f"{HEAD}{ORDER}{RESTART}exit_when: [order.placed]\nsteps:\n{EMIT}{WAIT}{HELLO}"
    ),
    "a key that is passed on": (
        f"{HEAD}{ORDER}entry: once\nkey: event.order_id\nsteps:\n{HELLO}"
        "  - emit: order.placed\n    with: { order_id: event.order_id, total: event.total * 2 }\n"
    ),
    "a key of few values": (
        f"{HEAD}{ORDER}entry: once\nkey: event.channel\nsteps:\n{HELLO}"
        "  - emit: order.placed\n    with: { channel: web }\n"
    ),
    "a key that is said anew but the same": (
        f"{HEAD}{ORDER}entry: once\nkey: event.order_id\nsteps:\n{HELLO}{EMIT}"
    ),
    "an event that the condition does not let through": (
        f"{HEAD}trigger: {{ event: order.placed, where: channel == store }}\n"
        f"entry: always\nsteps:\n{HELLO}{EMIT}"
    ),
    "messages of others": (
        f"{HEAD}trigger: {{ event: message.sent, where: scenario != case }}\nentry: always\nsteps:\n{HELLO}"
    ),
    "messages of another channel": (
        f"{HEAD}trigger: {{ event: message.bounced, where: channel == email }}\nentry: always\n"
        "steps:\n  - sms: hello\n"
    ),
    "an address that is blocked": (
        f"{HEAD}trigger: {{ event: message.bounced, where: bounce == hard }}\nentry: always\nsteps:\n{HELLO}"
    ),
    "what a person does": (
        f"{HEAD}trigger: [{{ event: message.clicked }}, {{ event: message.opened }}]\nentry: always\n"
        f"steps:\n{HELLO}"
    ),
    "a rule of entry that is asked": (
        f"{HEAD}trigger: {{ event: message.sent }}\nentry: once per 30 days\nsteps:\n{HELLO}"
    ),
    "a handler of a run that is over": (
        f"{HEAD}trigger: {{ changed: contact.points }}\nentry: always\nsteps:\n{WAIT}{EMIT}"
        "handlers:\n  - event: order.placed\n    add: { contact.points: 1 }\n"
    ),
    "a handler that gives one value": f"{HANDLER}set: {{ contact.tier: gold }}\n",
    "a handler of another attribute": (
        f"{HANDLER}where: attribute == tier\n    add: {{ contact.points: 1 }}\n"
    ),
    "a handler of what others change": (
        f'{HANDLER}where: source != "scenario case"\n    add: {{ contact.points: 1 }}\n'
    ),
    "a handler of a variable": f"{HANDLER}set: {{ run.more: attribute }}\n",
}


def _codes(folder: Path, text: str) -> set[str]:
    shutil.copytree(BASE, folder, dirs_exist_ok=True)
    (folder / "scenarios" / "case.yaml").write_text(text)
    return {each.code for each in compile_project(folder).errors}


@pytest.mark.parametrize("text", ENDLESS.values(), ids=ENDLESS)
def test_a_circle_without_end_is_refused(text: str, tmp_path: Path) -> None:
    """Nothing that is asked keeps the person out."""
    assert _codes(tmp_path, text) == {"E406"}


@pytest.mark.parametrize("text", ENDING.values(), ids=ENDING)
def test_a_circle_that_ends_is_not_reported(text: str, tmp_path: Path) -> None:
    """Somebody who comes by once more stays out, or does nothing new."""
    assert _codes(tmp_path, text) == set()


@pytest.mark.parametrize(("after", "codes"), [("", set()), (WAIT, {"E406"})])
def test_a_circle_through_another_scenario_finds_the_run_inside_or_gone(
    after: str, codes: set[str], tmp_path: Path
) -> None:
    """A restart passes by the rule of entry only where the run goes on after what starts the other one."""
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "other.yaml").write_text(
        "scenario: other\ntrigger: { event: order.placed }\nentry: always\nsteps:\n"
        "  - emit: contact.subscribed\n"
    )
    assert _codes(tmp_path, f"{HEAD}{SUBSCRIBED}{RESTART}steps:\n{WAIT}{EMIT}{after}") == codes
