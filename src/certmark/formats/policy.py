"""A policy in a JSON file (`domain.policies.policy_from` says what it may hold)."""

from __future__ import annotations

import json

from certmark.domain.policies import InvalidPolicy

_MAX = 1 << 20


def read_policy(path: str) -> object:
    """The document in the file `path`. Raises InvalidPolicy, OSError."""
    with open(path, "rb") as file:
        data = file.read(_MAX + 1)
    if len(data) > _MAX:
        raise InvalidPolicy(f"{path} is larger than a policy may be (1 MiB)")
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        raise InvalidPolicy(f"{path} is not JSON: {error}") from error
