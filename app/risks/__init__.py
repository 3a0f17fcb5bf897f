"""The risk register: scoring, responses, reviews, departmental sign-off (section 4)."""
