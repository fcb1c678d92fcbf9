"""By what runs are judged on a page: the guideline and the program that somebody names, else those that are meant."""

from __future__ import annotations

from certmark.corpus.yardsticks import Yardstick
from certmark.domain.guidelines import ProgramKind
from certmark.domain.programs import find_program
from certmark.server.services import corpus, guidelines
from certmark.server.services.context import Services
from certmark.server.services.guidelines import DEFAULT
from certmark.server.services.read_guidelines import guideline_in
from certmark.server.store.guidelines import Revision


def yardstick_named(services: Services, guideline: str, program: str) -> tuple[Revision, Yardstick]:
    """Of empty words: the guideline that is judged by where none is named, and its first platform.

    A program that the guideline does not have is one of its programs by a part of its name.
    Raises NotFound, FormatError or NoSuchProgram.
    """
    revision = guidelines.revision_of(services, guideline or DEFAULT)
    found = guideline_in(services, revision)
    platforms = [one for one in found.programs if one.kind is not ProgramKind.ADD_ON]
    chosen = find_program(found, program) if program else (platforms or list(found.programs))[0]
    return revision, corpus.yardstick(services, revision.digest.hex(), chosen.name)
