"""Sub-tasks, their dates, steps, resources and money, and action items (section 3)."""
