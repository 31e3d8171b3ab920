"""partonomy on pictures that it renders itself: parts that are found beside the true ones."""

from partonomy.demo.demo import (
    DEFAULT_CLASSES,
    METHODS,
    OURS,
    PICTURES,
    ClassResult,
    Demo,
    DemoSettings,
    run_demo,
)
from partonomy.demo.page import write_demo_page
from partonomy.demo.summary import findings, in_brackets, score_rows

__all__ = [
    "DEFAULT_CLASSES",
    "METHODS",
    "OURS",
    "PICTURES",
    "ClassResult",
    "Demo",
    "DemoSettings",
    "findings",
    "in_brackets",
    "run_demo",
    "score_rows",
    "write_demo_page",
]
