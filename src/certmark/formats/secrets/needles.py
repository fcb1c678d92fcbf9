"""Words of which one stands in every text that may hold a secret: looking for them is fast.

In small letters, but where only capitals matter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

_SIGNS = tuple(bytes([sign]) for sign in b"\"'=: >&\\`]")
"""What may follow a name."""
OF_NAMES = (
    b"pass", b"secret", b"token", b"cookie", b"user_data", b"userdata", b"user-data", b"authorization", b"payload",
    b"pin", b"otp", b"credential", b"app_cred", b"x-auth-key", b"url-key", b"key-data", b"key_",
    *(word + sign for word in (b"pw", b"pwd", b"key", b"hmac", b"bearer") for sign in _SIGNS),
)  # fmt: skip
"""In the name of every secret, or at its end. Three letters that are no hexadecimal digits make one quick to miss."""
OF_PRIVATE_KEYS = (b"-----begin ", b"---- begin ")
OF_ENDS_OF_KEYS = (b"-----end ", b"---- end ")
OF_KEYS_IN_BASE64 = (
    b"ls0tls1crudjti", b"ibadanbgkqhkig9w0baqefaas", b"ibaakcaq", b"ibaakcag", b"ibaakcay",
    b"ibaakcai", b"mhccaqeei", b"mighageambmgbyqgsm49",
    b"mc4caqawbqydk2v", b"b3blbnnzac1rzxktdjea",
)  # fmt: skip
OF_PUTTY_KEYS = (b"private-lines:",)
OF_TOKENS = (
    b"gAAAAA", b"eyJ", b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"github_pat_", b"glpat-", b"gldt-", b"glrt-",
    b"glptt-", b"glcbt-", b"xox", b"xapp-", b"hooks.slack.com/",
)  # fmt: skip
OF_SSH = (b"user: ", b"username: ", b"' with password ")
OF_SIGNATURES = (b"signature=", b"sig=")
OF_COMMANDS = (b"sshpass", b"curl ")
OF_URLS = (b"://",)
_COVERS = (b"pw", b"key", b"hmac", b"bearer", b"user", b"sig=", b"ibaakca", b"@")
"""Parts of the needles above, so that there are fewer; of a URL the `@` behind its password; of an armour its `KEY`."""
_EACH = {
    *_COVERS,
    *(
        needle.lower()
        for needles in (OF_NAMES, OF_KEYS_IN_BASE64, OF_PUTTY_KEYS, OF_TOKENS, OF_SSH, OF_SIGNATURES, OF_COMMANDS)
        for needle in needles
    ),
}


def _without_covered(needles: Iterable[bytes]) -> Iterator[bytes]:
    """Those in which no other one stands."""
    found: list[bytes] = []
    for needle in sorted(needles, key=len):
        if not any(shorter in needle for shorter in found):
            found.append(needle)
            yield needle


ALL = tuple(sorted(_without_covered(_EACH)))
"""One of them is in every text in which a rule finds anything."""
