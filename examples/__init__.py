"""Registers to issue from, and a demonstration that runs the whole story over them."""
