"""The answer to an inbound SMS, in TwiML."""

from collections.abc import Mapping

from twilio.twiml.messaging_response import MessagingResponse

from channels.stop_words import Intent
from channels.twilio.webhook import intent_of

CONTENT_TYPE = "text/xml"

# Twilio answers these itself, as a message of one word, unless Advanced Opt-Out replaced them.
_ANSWERED_BY_TWILIO = frozenset(
    {
        "STOP",
        "STOPALL",
        "UNSUBSCRIBE",
        "CANCEL",
        "END",
        "QUIT",
        "REVOKE",
        "OPTOUT",
        "START",
        "YES",
        "UNSTOP",
        "HELP",
        "INFO",
    }
)


def twiml(text: str | None = None) -> str:
    """A TwiML document that replies `text`, or nothing. Escaping is the SDK's."""
    response = MessagingResponse()
    if text:
        response.message(text)
    return str(response)


def answer(params: Mapping[str, str], texts: Mapping[Intent, str]) -> str:
    """The TwiML for one inbound SMS, given our text for each intent. No text, no reply.

    Empty where Twilio replies by itself (`OptOutType` is set, or the word is one of its own): the person
    would be answered twice, and after a STOP the second answer would be one message too many.
    """
    intent = intent_of(params)
    by_twilio = params.get("OptOutType") or params.get("Body", "").strip().upper() in _ANSWERED_BY_TWILIO
    return twiml(None if by_twilio or intent is None else texts.get(intent))
