"""Meetings, reminders and their delivery, communication plan, files, practices (section 6)."""
