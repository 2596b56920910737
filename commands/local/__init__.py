"""A whole Relance on one machine: its servers, processes, keys and ports."""
