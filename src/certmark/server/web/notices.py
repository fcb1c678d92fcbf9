"""What a page says above everything else after something was done."""

from __future__ import annotations

DONE = {
    "saved": "Saved.",
    "made": "Made.",
    "removed": "Removed.",
    "ended": "Ended.",
    "sent": "Sent to the programme office.",
    "decided": "Decided.",
    "joined": "You are a member now.",
    "shared": "Everybody can see it now.",
    "unshared": "It is private again.",
    "accepted": "Accepted.",
    "done": "Done.",
    "filed": "Filed. The programme office looks at it.",
    "tried": "A test is on its way; look again in a moment.",
}
"""A fixed sentence for each word of the address: nobody else can make a page say something."""
