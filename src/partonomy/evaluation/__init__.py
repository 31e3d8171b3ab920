"""Named protocols: a part model and a data set in, a result file out."""

from partonomy.evaluation.detector_files import write_detectors
from partonomy.evaluation.detectors import DetectorSettings, DetectorTable, detector_table
from partonomy.evaluation.evaluating import Evaluation, evaluate, joined
from partonomy.evaluation.protocol import Measure, Protocol, all_protocols, protocol, protocol_of

__all__ = [
    "DetectorSettings",
    "DetectorTable",
    "Evaluation",
    "Measure",
    "Protocol",
    "all_protocols",
    "detector_table",
    "evaluate",
    "joined",
    "protocol",
    "protocol_of",
    "write_detectors",
]
