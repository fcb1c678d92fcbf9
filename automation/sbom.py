"""What an environment is made of, as a CycloneDX bill of materials: `python sbom.py certmark > sbom.cdx.json`.

It is made of what pip has recorded of the environment itself, so nothing in it is only meant to be there.
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import Distribution, distribution, distributions
from typing import Any


def component(found: Distribution) -> dict[str, Any]:
    """One distribution, by its package URL."""
    name, version = found.metadata["Name"].lower().replace("_", "-"), found.version
    licence = found.metadata.get("License-Expression")
    words = {"type": "library", "name": name, "version": version, "purl": f"pkg:pypi/{name}@{version}"}
    return {**words, "bom-ref": words["purl"], **({"licenses": [{"expression": licence}]} if licence else {})}


def bill(root: str) -> dict[str, Any]:
    """The bill of the environment that has `root`; the same environment gives the same bytes."""
    parts = {one["name"]: one for one in map(component, distributions())}
    top = component(distribution(root))
    parts.pop(top["name"], None)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {**top, "type": "application"}},
        "components": [parts[name] for name in sorted(parts)],
    }


if __name__ == "__main__":
    json.dump(bill(sys.argv[1]), sys.stdout, indent=1)
    sys.stdout.write("\n")
