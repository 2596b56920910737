"""`relance why` as it is typed, and what it is asked about."""

import json

import pytest

from tests.engine.conftest import POLICY

ONE_A_DAY = POLICY.replace("at_most: 100", "at_most: 1")
OFFICE_HOURS = POLICY.replace('email: { allow: "00:00-24:00" }', 'email: { allow: "18:00-20:00" }')
CART = """
scenario: cart
title: Forgotten cart
owner: crm
topic: newsletter
trigger: { event: cart.updated }
entry: always
exit_when: [{ event: loyalty.granted, as: thanked }]
steps:
  - email: m2
    id: nudge
  - wait: 1 day
"""
RARELY = CART.replace("entry: always", "entry: once per 30 days").replace("- wait: 1 day", "- exit: done")


@pytest.fixture
def why(typed, configured):
    """What the verb says, as text; it must succeed."""

    def ask(*words):
        told = typed("why", *words, env=configured)
        assert told.exit_code == 0, told.output
        return told.stdout

    return ask


@pytest.fixture
def why_json(why):
    return lambda *words: json.loads(why(*words, "--format", "json"))


def the_run(explanation):
    (scenario,) = explanation["scenarios"]
    (run,) = scenario["runs"]
    return run
