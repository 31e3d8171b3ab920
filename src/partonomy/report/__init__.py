"""Reports: one HTML file a run, and pictures with their parts laid over."""

from partonomy.report.html import write_report
from partonomy.report.overlays import write_overlays
from partonomy.report.pages import write_page

__all__ = ["write_overlays", "write_page", "write_report"]
