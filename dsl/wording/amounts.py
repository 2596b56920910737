"""How many messages there can be, said as `relance check` and the relational plan say it."""

from dsl.bounds import Week


def several(count: int, what: str) -> str:
    """`1 message`, `2 messages`."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def of_a_scenario(run: int, week: int | None) -> str:
    """The messages of one scenario to one person; `week` is None where nothing bounds them."""
    if not run:
        return "no message"
    often = "as often as it starts" if week is None else f"{week} in any 7 days"
    return f"at most {several(run, 'message')} a run, {often}"


def of_all(week: Week) -> str:
    """The messages of all scenarios to one person in any 7 days."""
    if week.together is not None:
        return f"at most {several(week.together, 'message')} in any 7 days"
    if week.limited is None:
        return "no limit bounds the messages of a week"
    return f"at most {several(week.limited, 'message')} in any 7 days, besides what policy exempts"
