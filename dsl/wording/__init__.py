"""Plans and expressions said in plain English, for people who sign a scenario and never read code."""
