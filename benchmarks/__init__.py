"""Measurements: a corpus at any scale and what takes it in. Run as `python -m benchmarks.NAME`."""
