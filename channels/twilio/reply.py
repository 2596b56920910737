"""The answer to an inbound SMS, in TwiML."""

from collections.abc import Mapping

from twilio.twiml.messaging_response import MessagingResponse

CONTENT_TYPE = "text/xml"

# Twilio's own words, as a message of one word, unless Advanced Opt-Out replaced them. HELP and INFO are not
# among them: Twilio's answer says nothing of who we are, and ours must.
_ANSWERED_BY_TWILIO = frozenset(
    {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT", "START", "YES", "UNSTOP"}
)


def twiml(text: str | None = None) -> str:
    """A TwiML document that replies `text`, or nothing. Escaping is the SDK's."""
    response = MessagingResponse()
    if text:
        response.message(text)
    return str(response)


def answered_by_twilio(params: Mapping[str, str]) -> bool:
    """Whether Twilio replies by itself to this inbound SMS, so that a reply of ours would be a second one.

    True when `OptOutType` is set (Advanced Opt-Out) or the whole message is one of Twilio's own words.
    """
    return bool(params.get("OptOutType")) or params.get("Body", "").strip().upper() in _ANSWERED_BY_TWILIO
