"""Values as the text around them is written: its indentation, its line ends, its way with characters."""

from __future__ import annotations

import json
import re
from typing import Any, NamedTuple

from certmark.authoring.edits.trees import NodeKind, Syntax, TextNode, walk

_INDENTED = re.compile(r"^([ \t]+)\S", re.MULTILINE)
_PLAIN = re.compile(r"[A-Za-z0-9_./(](?:[A-Za-z0-9_./()+*;=@~^$<>,'?&% -]|:(?=\S))*(?<! )\Z")
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")

_TEXT = "tag:yaml.org,2002:str"


class TextStyle(NamedTuple):
    """How a text is written."""

    syntax: Syntax
    newline: str
    unit: str
    """Of indentation."""
    is_broken: bool
    """Whether it has lines, or is one."""
    ascii_only: bool
    """Whether other characters are escaped."""
    offset: int
    """How far the items of a list are indented under their key (YAML)."""

    def scalar(self, value: Any, *, quoted: bool = False) -> str:
        """A text, a number, a truth or null."""
        if self.syntax is Syntax.JSON or not isinstance(value, str):
            return json.dumps(value, ensure_ascii=self.ascii_only)
        return str(value) if not quoted and _is_plain(value) else _quoted(value)

    def again(self, value: Any, old: str) -> str:
        """A scalar in the place of `old`: quoted where that is, and bare where that is and may be so here."""
        is_bare = self.syntax is Syntax.YAML and isinstance(value, str) and old[0] not in "\"'|>&!"
        if is_bare and _PLAIN.match(value) and _is_text(value):
            return str(value)
        return self.scalar(value, quoted=old[0] == '"')

    def flow(self, value: Any, indent: str) -> str:
        """`value` with brackets, where the line that it begins in has this indentation."""
        if not value or not isinstance(value, dict | list):
            return self.between_brackets(value)
        begin, end = "{}" if isinstance(value, dict) else "[]"
        inner = indent + self.unit
        if isinstance(value, dict):
            parts = [f"{self.between_brackets(key)}: {self.flow(item, inner)}" for key, item in value.items()]
        else:
            parts = [self.flow(item, inner) for item in value]
        if not self.is_broken or self.syntax is Syntax.YAML:
            return f"{begin}{', '.join(parts)}{end}"
        between = f",{self.newline}{inner}".join(parts)
        return f"{begin}{self.newline}{inner}{between}{self.newline}{indent}{end}"

    def between_brackets(self, value: Any) -> str:
        """A scalar where commas and brackets have a meaning."""
        return self.scalar(value, quoted=isinstance(value, str) and not value.replace("-", "").isalnum())

    def block(self, value: Any, column: int) -> str:
        """What stands behind `key:` in YAML, the key's column being `column`."""
        if not value or not isinstance(value, dict | list):
            return f" {self.scalar(value)}" if not isinstance(value, dict | list) else f" {self.flow(value, '')}"
        inner = column + (self.offset if isinstance(value, list) else len(self.unit))
        lines = self.entries(value, inner)
        return "".join(f"{self.newline}{' ' * inner}{line}" for line in lines)

    def item(self, value: Any, column: int) -> str:
        """What stands behind the dash of an item of a list, the dash's column being `column`."""
        if not value or not isinstance(value, dict | list):
            return self.block(value, column)
        return " " + f"{self.newline}{' ' * (column + 2)}".join(self.entries(value, column + 2))

    def entries(self, value: Any, column: int) -> list[str]:
        """The entries of a collection, each as it stands at `column`."""
        if isinstance(value, dict):
            return [self.entry(str(key), item, column) for key, item in value.items()]
        return [f"-{self.item(item, column)}" for item in value]

    def entry(self, key: str, value: Any, column: int) -> str:
        """A key with its value."""
        return f"{self.scalar(key)}:{self.block(value, column)}"


def style_of(text: str, root: TextNode, syntax: Syntax) -> TextStyle:
    """How `text` is written, as far as it tells; else as we write."""
    newline = "\r\n" if "\r\n" in text else "\n"
    indented = _INDENTED.search(text)
    unit = indented[1] if indented is not None else "  "
    if syntax is Syntax.YAML:
        unit = " " * min(max(2, len(unit)), 8)
    is_broken = "\n" in text.rstrip()
    ascii_only = text.isascii() and "\\u" in text
    return TextStyle(syntax, newline, unit, is_broken, ascii_only, _offset(root))


def _offset(root: TextNode) -> int:
    """As the first list under a key has it."""
    for node in walk(root):
        for entry in node.entries:
            if entry.key is not None and entry.value.kind is NodeKind.LIST and not entry.value.is_flow:
                return max(0, entry.value.column - node.column)
    return 2


def _is_plain(value: str) -> bool:
    """Whether every YAML reads the bare words as this text."""
    if _PLAIN.match(value) is None:
        return False
    import yaml

    return _is_text_for(yaml.SafeLoader, value) and _is_text(value)


def _is_text(value: str) -> bool:
    """Whether a guideline's YAML reads the bare words as this text."""
    from certmark.formats.documents.foreign_yaml import TextLoader

    return _is_text_for(TextLoader, value)


def _is_text_for(loader: Any, value: str) -> bool:
    import yaml

    return bool(loader("").resolve(yaml.ScalarNode, value, (True, False)) == _TEXT)


def _quoted(value: str) -> str:
    """In double quotes; JSON's are YAML's, but for halves of characters and what YAML calls unprintable."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))
