"""Proofs for strangers: made from the ledger, checked offline."""
