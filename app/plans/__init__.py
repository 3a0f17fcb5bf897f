"""The plan as the root of everything: cover, goals, outcomes, members, calendar (sections 0–2, 7)."""
