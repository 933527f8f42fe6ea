"""The Solidity registries: sources, and the artifacts made from them that Python deploys and calls."""
