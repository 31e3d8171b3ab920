"""Named protocols: a part model and a data set in, a result file out."""

from partonomy.evaluation.evaluating import Evaluation, evaluate, joined
from partonomy.evaluation.protocol import Protocol, Record, Seen, all_protocols, protocol_of
from partonomy.evaluation.views import View

__all__ = [
    "Evaluation",
    "Protocol",
    "Record",
    "Seen",
    "View",
    "all_protocols",
    "evaluate",
    "joined",
    "protocol_of",
]
