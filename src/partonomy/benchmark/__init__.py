"""Networks x methods x data sets x seeds, by named protocols, and a page of what came out."""

from partonomy.benchmark.cells import Cell, Score, cells_of, run_cell
from partonomy.benchmark.methods import METHODS, Method
from partonomy.benchmark.plan import Data, Network, Plan, Row, World, read_plan
from partonomy.benchmark.running import run_benchmark
from partonomy.benchmark.summary import Table, tables_of
from partonomy.benchmark.writing import write_results

__all__ = [
    "METHODS",
    "Cell",
    "Data",
    "Method",
    "Network",
    "Plan",
    "Row",
    "Score",
    "Table",
    "World",
    "cells_of",
    "read_plan",
    "run_benchmark",
    "run_cell",
    "tables_of",
    "write_results",
]
