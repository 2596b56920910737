"""The names that sending and the webhook share."""

PROVIDER = "sendgrid"
MESSAGE_ID_ARG = "relance_id"
"""The only thing of ours that travels as metadata: SendGrid keeps it for long, shows it to its staff and
cannot erase it, so it is our opaque id and never an address, a name or a number."""
