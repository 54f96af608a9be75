"""From a written sentence to its proof: which quotes entail it, and what speaks against it.

Values (figures, dates, names, quotations) are compared in code; what words mean is the judge's.
"""

from rag.verification.judging import Entails, RuledJudge
from rag.verification.prove import SAME, Proof, Prover

__all__ = ["SAME", "Entails", "Proof", "Prover", "RuledJudge"]
