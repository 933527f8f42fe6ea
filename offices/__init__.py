"""What an office does in one step, over an open installation: the doors' common ground above the use cases.

A use case takes the ports it touches; an office knows which of the installation's keys, rows and accounts belong
together (``docs/decisions/offices.md``).
"""
