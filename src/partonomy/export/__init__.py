"""Runs as files that labelling tools and trainers import: one exporter a format."""

from partonomy.export.collection import LabelledPicture, LabelledPictures
from partonomy.export.cutting import recut
from partonomy.export.exporting import Exported, export_run, open_output
from partonomy.export.registry import chosen_formats, exporter, exporters

__all__ = [
    "Exported",
    "LabelledPicture",
    "LabelledPictures",
    "chosen_formats",
    "export_run",
    "exporter",
    "exporters",
    "open_output",
    "recut",
]
