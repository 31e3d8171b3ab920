"""Things that lie, stand and hang about in the scenes."""

from partonomy.datasets.partworld.scenes.props import (  # each registers its things
    aloft,
    goods,
    household,
    nature,
)
from partonomy.datasets.partworld.scenes.props.registry import PROPS, Prop, scatter

__all__ = ["PROPS", "Prop", "aloft", "goods", "household", "nature", "scatter"]
