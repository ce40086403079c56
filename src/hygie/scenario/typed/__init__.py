"""Typed FAIR scenarios: what an analyst writes, for any organisation, as the arrays that the typed kernel reads.

Read in this order: ``ranges`` (one quantity), ``register`` (the file), ``compile`` (arrays), then the exchange formats
``crml`` and ``pyfair``.
"""
