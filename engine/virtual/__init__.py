"""A world in memory in which months pass in milliseconds, decided by the code of production."""
