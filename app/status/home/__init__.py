"""The home pages: what each shows, and how long it holds."""
