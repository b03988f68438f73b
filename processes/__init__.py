"""Use cases where the rooms meet: audit, rebuild, find, correct, prove."""
