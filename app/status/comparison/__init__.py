"""What changed between two states of a plan: compared, and said in sentences."""
