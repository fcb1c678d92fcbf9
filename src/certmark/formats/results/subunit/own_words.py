"""What a stream of ours says beyond subunit's words, so that nothing is lost in it: tags and a record.

A tag `certmark-FIELD:VALUE` carries a field of an attempt; other readers show it among the tags. A
packet that belongs to no test, with a file `certmark-evidence`, carries what is said of the whole.
"""

from __future__ import annotations

from typing import Final

OWN: Final = "certmark-"
"""What our tags begin with."""
RECORD: Final = "certmark-evidence"
"""The name of the file that is the record."""
REASON: Final = "certmark-reason"
"""The name of an attachment: the reason, where it is not the one that the other attachments give."""
LARGEST_RECORD: Final = 1 << 20
