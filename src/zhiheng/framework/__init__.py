"""WHAT is measured: areas, organisations, periods, dimensions, indicators, parameters, contracts.

Everything here is read from a city folder's YAML (`city.load`), checked as a whole, and then
never changes.  Nothing here reads records or computes figures.
"""
