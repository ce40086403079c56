"""From events to figures: year loss tables, exceedance curves, AAL, VaR and TVaR, with bands and errors.

Read in this order: ``tables`` (what is simulated), ``bands`` (what the draws disagree about), ``curves``,
``figures`` and ``metrics`` (what is shown), ``fft`` (a second way to the annual distribution), ``checks``
(whether to trust it).
"""
