"""Evidence that is damaged where it is kept, as a disk or a service would."""

from __future__ import annotations

from certmark.server.store.evidence import EvidenceStore, FolderStore, S3Store


def write_over(store: EvidenceStore, digest: bytes, content: bytes) -> None:
    """Other bytes in its place, behind the back of the store."""
    if isinstance(store, FolderStore):
        path = store._path(digest)  # noqa: SLF001 - where the store has it
        path.chmod(0o644)
        path.write_bytes(content)
        return
    import obstore

    assert isinstance(store, S3Store)
    obstore.put(store._store, store._key(digest), content)  # noqa: SLF001 - likewise
