"""Sealed objects, the keys that open them, and the sites that keep their copies."""
