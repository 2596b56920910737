"""Webhooks in: what the requests of another system are, and what they become."""
