"""A small town in which everybody is written to by many scenarios at once: the parts of the stress test."""
