"""Papers of the archive, set as PDF/A from forms: lists, registers, certificates."""
