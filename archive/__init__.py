"""The archive's memory: codes, items, events, the ledger and the catalogue projected from it."""
