"""Twilio: SMS out, status callback and inbound webhook in."""
