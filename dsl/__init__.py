"""Text to plan: reads scenario files, checks them, and lowers them to the graph that the engine runs."""
