"""Write docs/reference/python.md from `certmark.api`: every name, its signature, what it says of itself.

python docs/generate_python_reference.py [--check]
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from certmark import api

TARGET = Path(__file__).resolve().parent / "reference" / "python.md"
HEAD = """# The Python API

Generated from the code by `./dev docs`.

```python
import certmark

guideline = certmark.load_guideline("2026.11")
results = certmark.read_results("examples/object-storage-pass.subunit")
verdict = certmark.judge(guideline, results, "object")
assert verdict.standing is certmark.Standing.PASS
print(certmark.sentence(verdict))
```

Names are loaded when they are first used: `import certmark` alone costs next to nothing.
Refusals are raised in three families by who must act: `InvalidRequest`, `InvalidInput`, `CannotProceed`.
"""


def main(words: list[str]) -> int:
    """Write the page, or say whether it is up to date."""
    functions = [name for name in api.__all__ if inspect.isfunction(getattr(api, name))]
    values = [name for name in api.__all__ if name not in functions]
    parts = ["\n## Functions\n", *map(function, functions), "\n## Values\n", *map(value, values)]
    page = HEAD + "".join(parts)
    if "--check" in words:
        return 0 if TARGET.read_text() == page else 1
    TARGET.write_text(page)
    return 0


def function(name: str) -> str:
    """A function: its signature and docstring."""
    found = getattr(api, name)
    signature = re.sub(r"'([^']*)'", r"\1", str(inspect.signature(found)))
    return f"\n### certmark.{name}\n\n```text\n{name}{signature}\n```\n\n{prose(found.__doc__)}\n"


def value(name: str) -> str:
    """A class: what it is, and its fields or members."""
    found = getattr(api, name)
    lines = [f"\n### certmark.{name}\n\n{prose(found.__doc__)}\n"]
    rows = list(fields(found))
    if rows:
        lines += ["\n| field | type |\n| --- | --- |\n", *rows]
    return "".join(lines)


def fields(found: type) -> Iterator[str]:
    """The public fields of a value, or the members of an enum."""
    members = getattr(found, "__members__", None)
    if members:
        for member in members.values():
            yield f"| `{member.name}` | `{member.value}` |\n"
        return
    annotations = {} if issubclass(found, Exception) else inspect.get_annotations(found)
    for name, kind in annotations.items():
        if not name.startswith("_"):
            yield f"| `{name}` | `{str(kind).replace('|', chr(92) + '|')}` |\n"


def prose(text: str | None) -> str:
    """A docstring as Markdown: a sentence a line."""
    paragraphs = (" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text or "").split("\n\n"))
    return "\n\n".join(re.sub(r"(?<=[\w`)][.]) (?=[A-Z`])", "\n", paragraph) for paragraph in paragraphs)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
