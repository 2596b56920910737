"""Measured, never asserted: each benchmark prints a ratio taken in one run."""
