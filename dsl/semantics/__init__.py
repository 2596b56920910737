"""What each kind of expression means over facts in memory; `evaluate` puts them together."""
