"""Implementations of the ports: chains, stores, databases, keys. They import the core and no use case."""
