"""Destruction: ordered, supervised, carried out at every site, certified."""
