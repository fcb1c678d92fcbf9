"""The boxes of one project, for an issue or a review."""

from __future__ import annotations

from collections.abc import Iterator

from certmark.domain.project_checklists import ProjectChecklist
from certmark.reporting.blocks import Block, GroupLook, Item, ItemGroup, Sentence
from certmark.reporting.documents import Document
from certmark.reporting.guideline.changes import side_of
from certmark.reporting.views import View


class ChecklistView(View):
    """A checklist."""

    def __init__(self, checklist: ProjectChecklist) -> None:
        self.title = f"{checklist.project} in {checklist.guideline.id}"
        self._checklist = checklist

    def blocks(self) -> Iterator[Block]:
        """A sentence, then the boxes part by part."""
        found = self._checklist
        status = found.guideline.status or "no status"
        by = f", to be approved {found.guideline.target_approval}" if found.guideline.target_approval else ""
        yield Sentence(f"What {found.project} is asked to look at in guideline {found.guideline.id} ({status}{by}).")
        for part in found.parts:
            boxes = tuple(Item(box.what, box.notes) for box in part.boxes)
            yield ItemGroup(part.title, boxes, look=GroupLook.CHECKLIST)

    def document(self) -> Document:
        """`certmark-project-checklist`."""
        found = self._checklist
        body = {
            "guideline": side_of(found.guideline),
            "project": found.project,
            "parts": [
                {"title": part.title, "boxes": [{"what": box.what, "notes": list(box.notes)} for box in part.boxes]}
                for part in found.parts
            ],
        }
        return Document("certmark-project-checklist", 1, body)
