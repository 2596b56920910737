"""The base written out: contacts, events, messages and consents, as CSV, JSON Lines or Parquet."""
