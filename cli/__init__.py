"""The command line: parse, call one office or use case, render (``docs/cli.md``). ``cli.main`` puts it together.

Modules of commands import nothing heavy at their top: an installation, a chain or a server is imported by the command
that needs it, so that help comes at once and a verifier never loads a node's software.
"""
