"""Reports: one HTML file a run, and pictures with their parts laid over."""

from partonomy.report.html import write_report
from partonomy.report.overlays import write_overlays

__all__ = ["write_overlays", "write_report"]
