"""Part models on the Hugging Face Hub.

What is published is a saved part model (:mod:`partonomy.parts.model`) with a card. Nothing but its
description and its tensors is ever read; the ``config.json`` beside them, which the hub counts
downloads by, decides nothing.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, Self, cast

from huggingface_hub import ModelCard, ModelHubMixin

from partonomy.backbones import SAVED
from partonomy.errors import PartonomyError
from partonomy.parts.fetching import fetched
from partonomy.parts.loading import load
from partonomy.parts.model import DESCRIPTION_FILE, WEIGHTS_FILE, PartModel

CARD = """---
{{ card_data }}
---

# {{ title | default("Parts of pictures", true) }}

A part model of partonomy: it finds {{ n_parts }} parts in pictures. {{ about }}

| | |
| --- | --- |
| kind | {{ kind }} |
{% if recipe %}| recipe | {{ recipe.name }}, version {{ recipe.version }} |
{% endif %}| parts | {{ part_names }} |
| network | {{ backbone }}, {{ layers }} |
| its weights | {{ weights }} |
| input | short side of {{ size }} pixels |
| fitted | {{ fitted }}, seed {{ seed }} |

```python
import partonomy as pt

model = pt.load("hf:{{ repo_id | default("USER/NAME", true) }}")
```

## Licence

The weights of the network, and those that it was trained from, have licences of their own, which
hold here too. What this model adds to them has the licence that whoever publishes it gives it.
"""

_WEIGHTS = {
    "pretrained": "the published ones, fetched when the model is loaded",
    "random": "random",
    SAVED: "in this model",
}
_WEIGHTS_OF_A_FILE = "not in this model: loading it takes `weights=FILE`"


class HubModel(
    ModelHubMixin,
    library_name="partonomy",
    pipeline_tag="image-segmentation",
    tags=["part-discovery", "unsupervised"],
    model_card_template=CARD,
):
    """What a part model needs to be published, and to be had again: a mixin for part models."""

    # not the arguments of the constructor, which the hub's mixin would gather
    _hub_mixin_config = {"library_name": "partonomy"}  # noqa: RUF012

    @classmethod
    def from_pretrained(  # type: ignore[override]
        cls,
        pretrained_model_name_or_path: str | Path,
        *,
        backbone: str | None = None,
        weights: str | Path | None = None,
        device: str = "auto",
        revision: str | None = None,
        cache_dir: str | Path | None = None,
        token: str | bool | None = None,
        force_download: bool = False,
        local_files_only: bool = False,
    ) -> Self:
        """A published part model of this class.

        Args:
            pretrained_model_name_or_path: ``USER/NAME`` on the hub, or a folder.
            backbone, weights, device: see :func:`partonomy.load`.
            revision, cache_dir, token, force_download, local_files_only: see
                :func:`partonomy.parts.fetching.fetched`.

        Raises:
            PartonomyError: it is not to be had, is of another class, or as :func:`partonomy.load`.
        """
        folder = Path(pretrained_model_name_or_path)
        if not folder.is_dir():
            folder = fetched(
                str(pretrained_model_name_or_path),
                (DESCRIPTION_FILE, WEIGHTS_FILE),
                revision=revision,
                cache_dir=cache_dir,
                token=token,
                force_download=force_download,
                local_files_only=local_files_only,
            )
        model: object = load(folder, backbone=backbone, weights=weights, device=device)
        if not isinstance(model, cls):
            raise PartonomyError(
                f"{pretrained_model_name_or_path} is a {type(model).__name__}, no {cls.__name__}: "
                "partonomy.load takes any kind"
            )
        return model

    def _save_pretrained(self: PartModel, save_directory: Path) -> None:
        self.save(save_directory)

    def generate_model_card(self, **more: Any) -> ModelCard:
        """What the card says.

        Args:
            more: for the template, as ``title`` and ``repo_id``.
        """
        return super().generate_model_card(**_facts(cast(PartModel, self)) | more)


def _facts(model: PartModel) -> dict[str, Any]:
    """What the card says of a model."""
    spec, kind = model.backbone.spec, type(model)
    return {
        "kind": kind.__name__,
        "about": (inspect.getdoc(kind) or "").partition("\n")[0],
        "recipe": getattr(model, "recipe", None),
        "n_parts": len(model.part_names),
        "part_names": ", ".join(model.part_names),
        "backbone": spec.name,
        "layers": ", ".join(spec.layers),
        "weights": _WEIGHTS.get(spec.weights, _WEIGHTS_OF_A_FILE),
        "size": model.preprocessing.size,
        "fitted": f"{'inside' if model.with_masks else 'without'} foreground masks",
        "seed": model.seed,
    }
