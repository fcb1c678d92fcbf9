"""Keys of OpenSSH, and proofs that one has them, made by OpenSSH itself."""

from __future__ import annotations

import subprocess
from pathlib import Path


def proof_of_new_key(folder: Path, challenge: str) -> dict[str, str]:
    """What is sent to add a key that nobody has yet."""
    file = folder / f"key-{len(list(folder.iterdir()))}"
    subprocess.run(["ssh-keygen", "-q", "-N", "", "-t", "ed25519", "-f", str(file)], check=True, timeout=60)
    line = file.with_suffix(".pub").read_text()
    return {"key": line, "challenge": challenge, "signature": signature_of(file, challenge)}


def signature_of(file: Path, text: str, namespace: str = "certmark-key") -> str:
    """What `ssh-keygen -Y sign` writes."""
    command = ["ssh-keygen", "-Y", "sign", "-q", "-n", namespace, "-f", str(file)]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=60).stdout
