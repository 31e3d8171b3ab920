"""The recipe of arXiv 2111.06349: crops of objects, its constants, and its losses as a task."""

from partonomy.segmenter.choudhury.crops import Framing, find_subjects
from partonomy.segmenter.choudhury.recipe import Choudhury2021, Jitter, Warping
from partonomy.segmenter.choudhury.running import train_choudhury
from partonomy.segmenter.choudhury.task import ChoudhuryTask, Views

__all__ = [
    "Choudhury2021",
    "ChoudhuryTask",
    "Framing",
    "Jitter",
    "Views",
    "Warping",
    "find_subjects",
    "train_choudhury",
]
