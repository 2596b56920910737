"""JSON Schemas for editors, one module for each kind of file, made of the parsers' own tables of keys."""
