"""The names that sending and the intake of bounces share."""

PROVIDER = "smtp"
ID_HEADER = "X-Relance-Id"
"""Our opaque id, signed. Servers on the way may replace the Message-ID; a bounce and a complaint bring this
header back with the message that they are about."""
