"""Sweeps: designs of very many runs, a store that survives anything, and what is read from it."""
