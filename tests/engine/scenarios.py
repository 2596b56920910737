"""Scenarios of the small brand, in as many words as a test cares about."""

from textwrap import dedent, indent


def scenario(
    name: str, steps: str, *, trigger: str = "event: contact.subscribed", entry: str = "once", head: str = ""
) -> str:
    """The text of a scenario; `head` are further lines above its steps."""
    return (
        f"\nscenario: {name}\ntitle: {name.capitalize()}\nowner: crm\ntopic: newsletter\n"
        f"trigger: {{ {trigger} }}\n{dedent(head).lstrip()}entry: {entry}\n"
        f"steps:\n{indent(dedent(steps).strip(), '  ')}\n"
    )


WELCOME = scenario(
    "welcome",
    """
    - email: m1
      id: hello
    - wait: 3 days
    - sms: m2
      id: reminder
    """,
    trigger='event: contact.subscribed, where: list == "newsletter"',
    head="""
    audience: contact.country == FR
    goal: { event: order.placed, within: 30 days }
    handlers: [{ event: cart.updated, set: { run.basket: cart_id } }]
    """,
)
"""A welcome in two messages, three days apart."""
