"""Desk work on records and fonds: corrections, access, holds, retrieval, the fonds register."""
