"""Rows in PostgreSQL: one function per query, no business rules."""
