"""The plan as the root of everything: cover, goals, outcomes, members, calendar (0–2, 7)."""
