"""Message to provider to delivery event: knows nothing of scenarios."""
