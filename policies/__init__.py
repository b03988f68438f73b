"""Pure rules and rule sets: no clock, no file, no network, no database."""
