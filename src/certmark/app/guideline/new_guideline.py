"""An empty guideline, written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from certmark.app.files import write_file
from certmark.authoring.changes.new_guideline import empty_guideline, key_of
from certmark.domain.errors import InvalidRequest
from certmark.formats.guideline import DEFAULT, load
from certmark.formats.guideline.document import encoded
from certmark.formats.guideline.yaml_text import encoded as encoded_as_yaml


@dataclass(frozen=True, kw_only=True)
class NewRequest:
    """What it is of."""

    file: str
    """Its name says what the guideline is called, its ending whether it is YAML or JSON."""
    program: str
    component: str | None
    """None: called after the program."""
    releases: Sequence[str]
    schema: str


def new_guideline(request: NewRequest, say: Callable[[str], None]) -> None:
    """Write it. Raises InvalidRequest, CannotProceed."""
    path = Path(request.file)
    is_yaml = path.suffix.lower() in {".yaml", ".yml"}
    if not is_yaml and path.suffix.lower() != ".json":
        raise InvalidRequest(f"the ending of {request.file} is neither .yaml nor .json")
    if is_yaml and request.schema != "3.0":
        raise InvalidRequest(f"a guideline of schema {request.schema} is JSON; name a file that ends in .json")
    if path.exists():
        raise InvalidRequest(f"there is {request.file} already; name another file")
    if not request.program.strip():
        raise InvalidRequest("name the program: what a product can be certified for")
    document = empty_guideline(
        path.stem,
        schema=request.schema,
        program=request.program,
        component=request.component or key_of(request.program),
        releases=request.releases,
        criteria=load(DEFAULT).criteria,
        cutoff=load(DEFAULT).cutoff or 0,
    )
    write_file(path, encoded_as_yaml(document) if is_yaml else encoded(document))
    say(f"wrote {request.file}: {path.stem}, a draft of schema {request.schema} without capabilities")
