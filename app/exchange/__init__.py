"""Plans coming in and going out: the guided start from a template."""
