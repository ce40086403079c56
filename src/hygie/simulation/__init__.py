"""Counter-based random streams, kernels, year blocks and runners: a compiled model in, a loss table out.

Nothing here knows what a hospital is. Import the modules you need; importing the package compiles nothing.
"""
