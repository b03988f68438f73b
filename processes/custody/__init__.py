"""The archive's own keys: how they stand, and changing each of them."""
