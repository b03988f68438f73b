"""Auditing: every copy of everything is read to its end, judged, and mended from a whole one."""
