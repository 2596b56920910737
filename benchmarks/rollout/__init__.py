"""Two releases that serve the same people at once: what an upgrade is, with all that goes wrong in one."""
