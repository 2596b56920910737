"""A month in the life of a brand's people, for the demo: who they are, what they do, what it led to."""
