"""Visual concepts, and combinations of them, as detectors of parts (arXiv 1511.06855, section 4).

Whatever gives score maps of an object can stand beside them: see :class:`Detectors`.
"""

from partonomy.concepts.detectors.banks import (
    N_CONCEPTS,
    ConceptBank,
    Detectors,
    FilterBank,
    fit_concepts,
)
from partonomy.concepts.detectors.firing import FiringCode, silent_share
from partonomy.concepts.detectors.mixture import MixtureDetectors
from partonomy.concepts.detectors.objects import (
    ObjectCrop,
    object_crops,
)
from partonomy.concepts.detectors.places import KINDS, Kind, Places, distances, part_places
from partonomy.concepts.detectors.svm import SvmDetectors
from partonomy.concepts.detectors.training import part_cells, reach, scaled
from partonomy.concepts.detectors.unary import UnaryDetectors
from partonomy.concepts.detectors.voting import VotingDetectors

__all__ = [
    "KINDS",
    "N_CONCEPTS",
    "ConceptBank",
    "Detectors",
    "FilterBank",
    "FiringCode",
    "Kind",
    "MixtureDetectors",
    "ObjectCrop",
    "Places",
    "SvmDetectors",
    "UnaryDetectors",
    "VotingDetectors",
    "distances",
    "fit_concepts",
    "object_crops",
    "part_cells",
    "part_places",
    "reach",
    "scaled",
    "silent_share",
]
