"""All scenarios of a project lived through by a whole base, in a virtual world."""
