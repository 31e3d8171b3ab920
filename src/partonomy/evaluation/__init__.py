"""Named protocols: a part model and a data set in, a result file out."""

from partonomy.evaluation.evaluating import Evaluation, evaluate, joined
from partonomy.evaluation.protocol import Measure, Protocol, all_protocols, protocol, protocol_of

__all__ = [
    "Evaluation",
    "Measure",
    "Protocol",
    "all_protocols",
    "evaluate",
    "joined",
    "protocol",
    "protocol_of",
]
