"""A message of the ledger becomes what a channel sends: rendered, addressed, from whom, valid until when."""

from datetime import datetime, timedelta

from channels.messages import Email, Message, Sms
from dsl.catalog import Sender
from dsl.codec import decode_value
from dsl.frozen import dataclass
from dsl.plan import Plan
from engine import hours
from engine.addresses import ATTRIBUTE_OF_CHANNEL
from engine.gate import candidate_of
from engine.rendering import Draft, Renderer
from engine.state import Facts, MessageFact
from engine.template_sandbox import Unrenderable
from store.database import Row

LOOKS = (timedelta(minutes=5), timedelta(seconds=20), timedelta(seconds=1))
"""In which steps the end of the hours is looked for, each more closely than the one before."""
SHORTEST_VALIDITY = timedelta(seconds=1)
LONGEST_VALIDITY = timedelta(hours=10)
"""What Twilio takes at most (ValidityPeriod, 36,000 s)."""


@dataclass(frozen=True)
class Composed:
    """What is handed over, and the hash of what it says."""

    message: Message
    content_hash: str


def compose(
    row: Row, message: MessageFact, plan: Plan, facts: Facts, renderer: Renderer, now: datetime
) -> Composed:
    """Write the message of a row of the ledger, which is also `message`. Raises Unrenderable."""
    draft = Draft(
        message=row["message"],
        contact_id=row["contact_id"],
        message_uid=str(row["uid"]),
        scenario=row["scenario"],
        step=row["step"],
        topic=row["topic"],
        message_class=row["class"],
        locale=facts.attributes.get("locale"),
        zone=facts.zone,
        attributes=facts.attributes,
        variables=decode_value(row["variables"]),
        sender=row["sender"],
        track_opens="opens" in facts.tracked_since,
        track_clicks="clicks" in facts.tracked_since,
    )
    to = str(facts.attributes[ATTRIBUTE_OF_CHANNEL[row["channel"]]])
    if row["channel"] == "email":
        return _email(draft, to, _sender(row, facts), renderer, facts)
    return _sms(draft, to, _sender(row, facts), renderer, facts, _validity(message, plan, facts, now))


def _sender(row: Row, facts: Facts) -> Sender:
    name = row["sender"] or row["channel"]
    sender = facts.world.catalog.senders.get(name)
    if sender is None:
        raise Unrenderable(f"catalog.yaml has no sender `{name}`: say from whom {row['channel']} is sent")
    return sender


def _email(draft: Draft, to: str, sender: Sender, renderer: Renderer, facts: Facts) -> Composed:
    rendered = renderer.email(draft, facts.world)
    message = Email(
        message_id=draft.message_uid,
        to=to,
        subject=rendered.subject,
        html=rendered.html,
        text=rendered.text,
        from_address=sender.address,
        from_name=sender.name,
        reply_to=sender.reply_to,
        unsubscribe_url=rendered.unsubscribe_url,
        categories=(draft.scenario, draft.topic),
    )
    return Composed(message, rendered.content_hash)


def _sms(
    draft: Draft, to: str, sender: Sender, renderer: Renderer, facts: Facts, valid: timedelta
) -> Composed:
    rendered = renderer.sms(draft, facts.world)
    message = Sms(
        message_id=draft.message_uid,
        to=to,
        body=rendered.body,
        sender=sender.address,
        valid_seconds=int(valid.total_seconds()),
        intent=draft.message_class,
    )
    return Composed(message, rendered.content_hash)


def _validity(message: MessageFact, plan: Plan, facts: Facts, now: datetime) -> timedelta:
    """How long a message may wait at the provider: until it expires or its hours end, whichever is first."""
    until = min(message.expires_at or now + LONGEST_VALIDITY, now + LONGEST_VALIDITY)
    candidate = candidate_of(plan, message)
    rules = hours.rules_for(plan, candidate, facts) if candidate else ()
    last = now
    for look in LOOKS:
        while last + look <= until and hours.are_open(rules, last + look):
            last += look
    return max(last - now, SHORTEST_VALIDITY)
