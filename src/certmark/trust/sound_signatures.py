"""Which of the signatures in an envelope are sound, and by whose keys (the verification protocol of DSSE).

1. A key's id in an envelope is a hint that nobody signed. Where it names a known key, that one is tried.
2. Where it names none, or is not there, every known key is tried, `MOST_TRIES` in all: what somebody adds to an
   envelope costs bounded time, and signatures with a hint are looked at before those without.
3. A signature that is not sound does not count, and spoils no other. A key counts once.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from certmark.trust.envelopes import Envelope
from certmark.trust.errors import BadSignature, InvalidKey
from certmark.trust.keys import material
from certmark.trust.keys.keys import PublicKey

MOST_TRIES: Final = 4_096
"""Signatures tried against keys that they do not name; one takes some 100 microseconds."""


class SoundSignatures(NamedTuple):
    """What was found of the signatures in an envelope."""

    keys: tuple[PublicKey, ...]
    """Those whose signatures are sound, each once, in the order of the signatures."""
    broken: tuple[PublicKey, ...] = ()
    """Those that a signature names, and that did not make it."""
    strangers: int = 0
    """Signatures by none of the known keys."""
    untried: int = 0
    """Signatures that were not tried against every key (rule 2)."""


def sound_signatures(envelope: Envelope, known: Iterable[PublicKey]) -> SoundSignatures:
    """Look at every signature in `envelope`. Whether the keys may sign this is another question."""
    keys = {key.id: key for key in known}
    message = envelope.signed
    makers: dict[int, PublicKey] = {}
    broken: dict[str, PublicKey] = {}
    unnamed = []
    for place, one in enumerate(envelope.signatures):
        named = keys.get(one.keyid)
        if named is None:
            unnamed.append(place)
        elif is_sound(named, one.sig, message):
            makers[place] = named
        else:
            broken[named.id] = named
    tries = strangers = untried = 0
    for place in unnamed:
        candidates = list(keys.values())[: MOST_TRIES - tries]
        tries += len(candidates)
        sig = envelope.signatures[place].sig
        maker = next((key for key in candidates if is_sound(key, sig, message)), None)
        if maker is not None:
            makers[place] = maker
        elif len(candidates) < len(keys):
            untried += 1
        else:
            strangers += 1
    sound = {makers[place].id: makers[place] for place in sorted(makers)}
    return SoundSignatures(tuple(sound.values()), tuple(broken.values()), strangers, untried)


def is_sound(key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether `key` made `signature` over `message`; a key that cannot be used made none."""
    try:
        material.verify(key, signature, message)
    except (BadSignature, InvalidKey):
        return False
    return True
