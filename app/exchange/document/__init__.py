"""The plan document in Word: the plan page on paper, as it could be signed."""
