"""The stages of one batch, in order; `pipeline.py` shows them on one screen."""
