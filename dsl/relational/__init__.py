"""What each kind of expression means over the base, as SQL; `sql` puts them together."""
