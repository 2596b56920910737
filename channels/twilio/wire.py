"""The names that sending and the webhook share."""

PROVIDER = "twilio"
MESSAGE_ID_PARAM = "message_id"
"""Twilio has no metadata: our opaque id travels in the query of the status callback, which is signed."""
