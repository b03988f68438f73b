"""The use journal: written before an answer leaves, sealed into the ledger, read."""
