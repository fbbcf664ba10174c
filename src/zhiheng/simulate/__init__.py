"""Seeded records for the bundled city and for large trials; every name in them says they are simulated."""
