"""Run by a Tempest's own interpreter: says which options that Tempest and its plugins read, as JSON.

It imports nothing of Certmark.
"""

from __future__ import annotations

import json
import sys
from importlib import metadata
from typing import Any


def _described(option: Any) -> dict[str, Any]:
    default = option.default
    choices = getattr(option.type, "choices", None)
    return {
        "type": type(option).__name__.removesuffix("Opt").lower() or "string",
        "default": default if isinstance(default, bool | int | float | str | list) else None,
        **({"choices": [str(choice) for choice in choices]} if choices else {}),
        **({"deprecated": True} if option.deprecated_for_removal else {}),
        **({"secret": True} if option.secret else {}),
    }


def _listed() -> list[tuple[str, Any]]:
    from oslo_concurrency import opts as concurrency  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from oslo_log import _options as log  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from tempest import config  # type: ignore[import-not-found,unused-ignore]

    found = []
    for group, options in [*config.list_opts(), *log.list_opts(), *concurrency.list_opts()]:
        found.append((str(getattr(group, "name", group) or "DEFAULT"), options))
    return found


def main() -> None:
    """Write the list to standard output."""
    sections: dict[str, dict[str, Any]] = {}
    for section, options in _listed():
        for option in options:
            sections.setdefault(section, {})[option.dest] = _described(option)
            for old in option.deprecated_opts:
                name = (old.name or option.dest).replace("-", "_")
                if (old.group or section) == section and name not in sections[section]:
                    sections[section][name] = _described(option) | {"deprecated": True}
    ordered = {section: dict(sorted(options.items())) for section, options in sorted(sections.items())}
    json.dump({"tempest": metadata.version("tempest"), "sections": ordered}, sys.stdout, indent=1, sort_keys=True)


if __name__ == "__main__":
    main()
