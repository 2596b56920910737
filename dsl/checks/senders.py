"""Senders of SMS against the law of France: STOP can be answered, and no mobile number advertises."""

import re
from collections.abc import Iterator

from dsl import scenario as s
from dsl.checks.draft import Draft, class_of_message
from dsl.diagnostics import Diagnostic
from dsl.source import Span

SMS = "sms"
_NAME = re.compile(r"[A-Za-z]")
_FRENCH_MOBILE = re.compile(r"(?:\+33|0033|0)[67]\d{8}")


def check(draft: Draft) -> Iterator[Diagnostic]:
    """Each sender of marketing and service SMS, once, where the catalog declares it."""
    classes: dict[str, set[str]] = {}
    for scenario in draft.scenarios:
        for step in scenario.every_step:
            for form in step.forms if isinstance(step, s.MessageStep) else ():
                if form.channel.value == SMS:
                    name = form.sender.value if form.sender else SMS
                    classes.setdefault(name, set()).add(class_of_message(form, scenario, draft.catalog))
    for name, sent in classes.items():
        place = draft.catalog_places.get(("senders", name))
        if place is not None:
            yield from _sender(draft, name, sent, place)


def _sender(draft: Draft, name: str, sent: set[str], place: Span) -> Iterator[Diagnostic]:
    sender = draft.catalog.senders[name]
    if _NAME.search(sender.address) and sender.stop_number is None and sent - {"transactional"}:
        yield Diagnostic(
            "E710",
            "error",
            f"nobody can answer STOP to `{sender.address}`",
            draft.catalog_file,
            place,
            label="a name takes no answers",
            help='say where STOP goes: `stop_number: "36180"`, the number that your provider gives you',
            note="each message has a free way out (CPCE, art. L.34-5; AF2M: `STOP au 36xxx`)",
        )
    number = re.sub(r"[\s.()-]", "", sender.address)
    if _FRENCH_MOBILE.fullmatch(number) and "marketing" in sent:
        yield Diagnostic(
            "W711",
            "warning",
            "marketing from a French mobile number",
            draft.catalog_file,
            place,
            label="operators block it",
            help="send it from a name with a `stop_number`, or from a short number (36xxx)",
            note="06 and 07 are not for automated sending (ARCEP, decision 2018-0881)",
        )
