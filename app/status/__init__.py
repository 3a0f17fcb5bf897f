"""The plan as a whole at one instant: PlanState, health, home pages, status packs."""
