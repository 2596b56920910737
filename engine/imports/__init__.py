"""Files of people: read, checked, staged and applied."""
