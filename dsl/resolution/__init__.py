"""What each kind of expression may stand on, and the type it has; `resolve` puts them together."""
