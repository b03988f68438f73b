"""Handing in over the network: what waits, sealed, until a batch is made of it."""
