"""From a written sentence to its proof: which quotes entail it, and what speaks against it.

Values (figures, dates, names, quotations) are compared in code; what words mean is for the judge
and the language model together.
"""

from rag.verification.judging import answered
from rag.verification.pointing import Pointing, point
from rag.verification.prove import SAME, Proof, Prover, no_heads

__all__ = ["SAME", "Pointing", "Proof", "Prover", "answered", "no_heads", "point"]
