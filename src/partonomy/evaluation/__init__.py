"""Named protocols: a part model and a data set in, a result file out."""

from partonomy.evaluation.detectors import (
    DetectorSettings,
    DetectorTable,
    detector_table,
    write_detectors,
)
from partonomy.evaluation.evaluating import Evaluation, evaluate, evaluate_each, joined
from partonomy.evaluation.protocol import Protocol, Record, Seen, all_protocols, protocol_of
from partonomy.evaluation.views import View

__all__ = [
    "DetectorSettings",
    "DetectorTable",
    "Evaluation",
    "Protocol",
    "Record",
    "Seen",
    "View",
    "all_protocols",
    "detector_table",
    "evaluate",
    "evaluate_each",
    "joined",
    "protocol_of",
    "write_detectors",
]
