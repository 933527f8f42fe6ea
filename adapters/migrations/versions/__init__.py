"""Revisions of the records' tables, oldest first by name."""
