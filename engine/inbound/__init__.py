"""Webhooks in: requests of other systems verified, read by the project's mappings, and taken."""
