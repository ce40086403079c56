"""R1, the typed-scenario benchmark: see ``benchmarks/README.md``."""
