"""People, departments, sign-in, roles."""
