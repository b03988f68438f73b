"""Format probes: each reads one file to its end inside a supervised, confined process."""
