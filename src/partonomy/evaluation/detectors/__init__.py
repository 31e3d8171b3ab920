"""Part detectors put through one protocol: candidates, choice on training objects, the table."""

from partonomy.evaluation.detectors.files import write_detectors
from partonomy.evaluation.detectors.table import DetectorSettings, DetectorTable, detector_table

__all__ = ["DetectorSettings", "DetectorTable", "detector_table", "write_detectors"]
