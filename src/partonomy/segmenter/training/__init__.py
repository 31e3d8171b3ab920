"""Training part segmenters: the loop, its settings, checkpoints that resume, health, logs."""

from partonomy.segmenter.training.health import Diverged
from partonomy.segmenter.training.logs import Row
from partonomy.segmenter.training.settings import TrainingSettings
from partonomy.segmenter.training.task import Draw, StepLosses, Task
from partonomy.segmenter.training.training import Training, best_of_seeds, train

__all__ = [
    "Diverged",
    "Draw",
    "Row",
    "StepLosses",
    "Task",
    "Training",
    "TrainingSettings",
    "best_of_seeds",
    "train",
]
