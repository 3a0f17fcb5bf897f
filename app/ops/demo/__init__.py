"""The demo: a plan in its ninth week, lived through the use cases at past instants."""
