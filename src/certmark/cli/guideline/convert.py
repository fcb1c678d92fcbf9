"""Convert a guideline into format 3, to schema 2.0, or back to what it was lifted from.

Documents of the schemas 1.0 to 2.0 go into format 3 without loss: --to original gives them back as they were, with
what was changed in format 3 since. What schema 2.0 has no place for is told, place by place. Format 3 is written as
YAML, or as JSON where the name of the file ends so; the older schemas are JSON.

exit status: 0 converted, 2 usage or refused, 3 unreadable guideline
"""

from __future__ import annotations

from dataclasses import dataclass

from certmark.cli.console import Console
from certmark.cli.display import write_content
from certmark.cli.errors import listener
from certmark.cli.exits import Exit
from certmark.cli.options import argument, option
from certmark.cli.options.guideline import is_yaml_name
from certmark.cli.options.output import QuietOption
from certmark.domain.errors import InvalidRequest

_TARGETS = ("3", "2.0", "original")


@dataclass(frozen=True, kw_only=True)
class Options(QuietOption):
    """The options of the verb."""

    guideline: str = argument(metavar="GUIDELINE", help="a file, -, or a shipped id")
    to: str = option("--to", "-t", required=True, choices=_TARGETS, help="the schema to write")
    output: str | None = option("--output", "-o", metavar="FILE", help="where to (default: standard output)")


def run(options: Options, console: Console) -> Exit:
    """Read, write in another schema."""
    from certmark.app.guideline.converting import ConvertGuidelineRequest, TargetSchema, convert_guideline

    to = TargetSchema(options.to)
    is_yaml = is_yaml_name(options.output)
    if is_yaml and to is not TargetSchema.FORMAT_3:
        raise InvalidRequest(f"the older schemas are JSON; name a file that ends with .json, not {options.output}")
    as_json = options.output is not None and not is_yaml
    request = ConvertGuidelineRequest(guideline=options.guideline, to=to, as_json=as_json)
    write_content(convert_guideline(request, listener(console)), options.output, console)
    return Exit.OK
