"""Pages out of templates: one file each, with the style that all share."""

from __future__ import annotations

from pathlib import Path

from partonomy.errors import PartonomyError
from partonomy.images import write_atomically


def write_page(path: Path, package: str, template: str, **values: object) -> None:
    """Fill in a template and write the page, whole or not at all.

    Args:
        path: where.
        package: the room whose folder ``templates`` holds the template; those of this room, with
            the style, can be included.
        template: the file's name.
        values: what it asks for; what is missing is an error.

    Raises:
        PartonomyError: the page cannot be written.
    """
    from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=ChoiceLoader([PackageLoader(each) for each in (package, __package__)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    html = environment.get_template(template).render(values)
    try:
        write_atomically(path, lambda part: Path(part).write_text(html, encoding="utf-8"))
    except OSError as error:
        raise PartonomyError(f"{path} cannot be written: {error.strerror or error}") from error
