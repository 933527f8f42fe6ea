"""Use cases of those who rely on certificates: verify one or many, accept trust packs."""
