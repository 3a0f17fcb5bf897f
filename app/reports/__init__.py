"""Weekly reports and promises, problems, inspections, indicators (section 5)."""
