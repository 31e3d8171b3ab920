"""PartWorld: rendered objects whose parts are known exactly. So far its figures."""

from partonomy.datasets.partworld.figures import FIGURES, Figure

__all__ = ["FIGURES", "Figure"]
