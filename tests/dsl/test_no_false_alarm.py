"""What is right is not reported: false alarms are worse than misses."""

import shutil
from pathlib import Path

import pytest

from dsl.compiler import compile_project
from tests.dsl.told import tell

FOLDER = Path(__file__).parent
BASE = FOLDER / "golden" / "project"
HEAD = "scenario: case\ntopic: newsletter\nentry: once\n"
SUBSCRIBED = "trigger: { event: contact.subscribed }\n"
HELLO = "steps:\n  - email: hello\n"

FINE = {
    "a step after an exit that only some take": (
        f"{HEAD}{SUBSCRIBED}steps:\n  - exit: rich\n    only_if: contact.tier == gold\n  - email: hello\n"
    ),
    "a step after a choice of which one case goes on": (
        f"{HEAD}{SUBSCRIBED}steps:\n  - if: contact.tier == gold\n    then: [{{ exit: rich }}]\n"
        "  - email: hello\n"
    ),
    "an endless wait that a goal ends": (
        f"{HEAD}{SUBSCRIBED}goal: order.placed\nsteps:\n  - wait_for: product.viewed\n"
        "    then: [{ email: hello }]\n"
    ),
    "an event about an object found by an item": (
        "scenario: case\ntopic: newsletter\nentry: always\nkey: item.sku\n"
        "trigger: { event: order.placed, for_each: event.items }\n"
        f"exit_when: [{{ event: product.price_changed, where: sku == item.sku }}]\n{HELLO}"
    ),
    "an attribute that another trigger looks at": (
        "scenario: case\ntopic: newsletter\nentry: always\ntrigger: { changed: contact.points }\n"
        "steps:\n  - set: { contact.tier: gold }\n"
    ),
    "a change of one attribute, by the event": (
        "scenario: case\ntopic: newsletter\nentry: always\n"
        "trigger: { event: contact.changed, where: attribute == points }\n"
        "steps:\n  - set: { contact.tier: gold }\n"
    ),
    "a circle that a period breaks": (
        "scenario: case\ntopic: newsletter\nentry: once per 30 days\ntrigger: { changed: contact.tier }\n"
        "steps:\n  - set: { contact.tier: gold }\n"
    ),
    "hours that only narrow policy's": (
        f'{HEAD}{SUBSCRIBED}steps:\n  - sms: hello\n    hours: {{ allow: "11:00-19:00", days: mon-fri }}\n'
    ),
    "a message at night whose own topic is transactional": (
        f"{HEAD}{SUBSCRIBED}steps:\n  - email: hello\n    topic: service\n"
        '    hours: { allow: "00:00-24:00" }\n'
    ),
    "what all messages of `first_of` share": (
        f"{HEAD}{SUBSCRIBED}steps:\n  - first_of: [{{ sms: hello }}, {{ email: hello, expires: 2 days }}]\n"
        "    on_cap: next\n    expires: 8 hours\n    tags: [nps]\n"
    ),
    "a transactional message at night": (
        f"{HEAD}{SUBSCRIBED}steps:\n  - email: hello\n    class: transactional\n"
        '    hours: { allow: "00:00-24:00" }\n'
    ),
    "a history of exactly as long as events are kept": (
        f"{HEAD}{SUBSCRIBED}audience: did(order.placed, last 36 months)\n{HELLO}"
    ),
    "conditions that narrow one another": (
        f"{HEAD}{SUBSCRIBED}audience: contact.points > 10 and contact.points <= 11 and 11 <= contact.points "
        "and contact.tier in [silver, gold] and contact.tier != gold and contact.points != 12\n" + HELLO
    ),
    "cases from narrow to wide": (
        f"{HEAD}{SUBSCRIBED}steps:\n  - choose:\n"
        "      - when: contact.points > 10 and contact.tier == gold\n        steps: [{ email: hello }]\n"
        "      - when: contact.points > 10\n        steps: []\n      - otherwise: []\n"
    ),
    "a wait on data that says what happens when it is past": (
        f"{HEAD}{SUBSCRIBED}steps:\n  - wait: until contact.renewal_date - 7 days at 10:00\n"
        "    if_past: exit\n  - email: hello\n"
    ),
    "a variable that a handler sets and a step reads before it in the file": (
        f"{HEAD}{SUBSCRIBED}handlers: [{{ event: order.placed, set: {{ run.total: total }} }}]\n"
        "steps:\n  - wait: 3 days\n  - if: run.total > 10\n    then: [{ email: hello }]\n"
    ),
    "what the audience excluded at entry and may be so after a wait": (
        f"{HEAD}{SUBSCRIBED}audience: contact.tier == gold and not did(order.placed, last 30 days)\nsteps:\n"
        "  - wait: 3 days\n  - if: contact.tier == silver\n    then: [{ email: hello }]\n"
        "  - email: hello\n    only_if: did(order.placed, last 30 days)\n"
    ),
    "what an earlier branch excluded, after the message that it sent": (
        f"{HEAD}{SUBSCRIBED}steps:\n  - if: contact.tier == gold\n    then: [{{ email: hello }}]\n"
        "    else: [{ exit: others }]\n  - if: contact.tier == silver\n    then: [{ email: hello }]\n"
    ),
    "what a step has just changed": (
        f"{HEAD}{SUBSCRIBED}audience: contact.tier == silver\nsteps:\n  - set: {{ contact.tier: gold }}\n"
        "  - add: { contact.points: -100 }\n  - if: contact.points < 0 and contact.tier == gold\n"
        "    then: [{ email: hello }]\n"
    ),
    "a hole in what the cases take: who is unknown": (
        f"{HEAD}{SUBSCRIBED}steps:\n  - choose:\n      - when: contact.points > 10\n        steps: []\n"
        "      - when: contact.points <= 10\n        steps: []\n      - otherwise: [{ email: hello }]\n"
    ),
    "a consent that may be given while a run waits": (
        f"{HEAD}{SUBSCRIBED}steps:\n  - if: not can_receive(email)\n"
        "    then: [{ wait: 3 days }, { email: hello }]\n"
    ),
    "a transactional message to who agreed to nothing": (
        f"{HEAD}{SUBSCRIBED}audience: not can_receive(email)\nsteps:\n  - email: hello\n    topic: service\n"
    ),
    "two triggers, of which one says what the other does not": (
        "scenario: case\ntopic: newsletter\nentry: always\ntrigger:\n"
        '  - { event: contact.subscribed, where: list == "a" }\n  - { event: contact.subscribed }\n'
        'steps:\n  - email: hello\n    only_if: event.list == "b"\n'
    ),
    "an hour that has come since the audience was asked": (
        f"{HEAD}{SUBSCRIBED}audience: hour(now) < 12\n{HELLO}    only_if: hour(now) >= 12\n"
    ),
    "a message that waits through the night for its hours": (
        f"{HEAD}{SUBSCRIBED}steps:\n  - wait: 1 day at 23:00\n  - email: hello\n    expires: 12 hours\n"
        "  - wait: 1 day at 09:00\n  - email: offer\n    on_cap: delay up to 1 hour\n"
    ),
    "a message that follows another as soon as the limit lets it": (
        f"{HEAD}{SUBSCRIBED}steps:\n  - sms: hello\n  - wait: 4 days\n  - sms: offer\n  - email: hello\n"
        "  - wait: 1 day\n  - email: offer\n    on_cap: drop\n"
    ),
    "a message that some get instead of another": (
        f"{HEAD}{SUBSCRIBED}steps:\n  - email: hello\n    only_if: contact.tier == gold\n"
        "  - email: offer\n    on_cap: drop\n"
    ),
    "a message that no limit counts after one that it does": (
        f"{HEAD}{SUBSCRIBED}steps:\n  - email: hello\n  - email: offer\n    topic: service\n"
        "    on_cap: drop\n"
    ),
    "a scenario without messages, and so without a topic": (
        "scenario: case\nentry: once\ntrigger: { event: order.placed }\n"
        "steps:\n  - add: { contact.points: 5 }\n"
    ),
}


@pytest.mark.parametrize("text", FINE.values(), ids=FINE)
def test_nothing_is_reported(text: str, tmp_path: Path) -> None:
    """Neither an error nor a warning."""
    shutil.copytree(BASE, tmp_path, dirs_exist_ok=True)
    (tmp_path / "scenarios" / "case.yaml").write_text(text)
    tell(tmp_path, "case")
    assert [f"{each.code} {each.message}" for each in compile_project(tmp_path).diagnostics] == []


def test_the_documented_files_compile_as_they_stand(tmp_path: Path) -> None:
    """The catalog, policy and welcome scenario of the reference; templates stand in for its messages."""
    shutil.copytree(FOLDER / "documented", tmp_path, dirs_exist_ok=True)
    for message in ("welcome_hello", "welcome_best_sellers", "welcome_reminder", "welcome_code"):
        shutil.copytree(BASE / "templates" / "hello", tmp_path / "templates" / message)
    compiled = compile_project(tmp_path)
    assert compiled.errors == ()
    assert compiled.scenarios["welcome"].plan.max_messages == 3
