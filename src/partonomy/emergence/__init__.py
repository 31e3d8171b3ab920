"""Semantic parts in filters, and the filters and parts that decide a class (arXiv 1607.03738)."""

from partonomy.emergence.audit import AuditSettings
from partonomy.emergence.comparing import PartChange, best_layers, part_changes
from partonomy.emergence.deciding import DecidingSettings
from partonomy.emergence.drift import layer_drifts
from partonomy.emergence.findings import blanked_parts, decided_classes, relations, sets_of_filters
from partonomy.emergence.finished import FinishedAudit, check_comparable, read_audit
from partonomy.emergence.part_model import FilterPartModel
from partonomy.emergence.precision import Rule
from partonomy.emergence.running import AuditData, AuditRun, RunSettings, matching, run_audit
from partonomy.emergence.search import GeneticSettings

__all__ = [
    "AuditData",
    "AuditRun",
    "AuditSettings",
    "DecidingSettings",
    "FilterPartModel",
    "FinishedAudit",
    "GeneticSettings",
    "PartChange",
    "Rule",
    "RunSettings",
    "best_layers",
    "blanked_parts",
    "check_comparable",
    "decided_classes",
    "layer_drifts",
    "matching",
    "part_changes",
    "read_audit",
    "relations",
    "run_audit",
    "sets_of_filters",
]
