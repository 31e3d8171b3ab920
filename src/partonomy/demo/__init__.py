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
from partonomy.demo.summary import Summary, in_brackets, summarise

__all__ = [
    "DEFAULT_CLASSES",
    "METHODS",
    "OURS",
    "PICTURES",
    "ClassResult",
    "Demo",
    "DemoSettings",
    "Summary",
    "in_brackets",
    "run_demo",
    "summarise",
    "write_demo_page",
]
