"""A register of establishments that do not exist, drawn from published totals."""

from hygie.facility.synthetic.drawing import EVIDENCE, KIND, LABEL, MAX_SEED, synthesize_register
from hygie.facility.synthetic.published import FIGURES, PopulationTotals, load_totals
from hygie.facility.synthetic.tables import write_table

__all__ = [
    "EVIDENCE",
    "FIGURES",
    "KIND",
    "LABEL",
    "MAX_SEED",
    "PopulationTotals",
    "load_totals",
    "synthesize_register",
    "write_table",
]
