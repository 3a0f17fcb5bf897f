"""The installation: demo, doctor, administrator's pages, commands."""
