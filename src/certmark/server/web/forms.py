"""Forms: what somebody fills in, what is wrong with it, and what was refused. One way for every page.

1. A form is data (`Form`); its template is `forms.html.j2`, and what it sends is read into a typed value (`decided`).
2. Whatever is wrong is said at its field, all of it at once, and above the form; what was typed stays.
3. What a service refuses is said in its own sentence, at the field that it is about or above the form.
4. A form that changes something names the revision that it was made of. Where somebody else changed it meanwhile
   both are shown, and nothing is changed until it is sent again.
5. A decision bears the token of its session; done, the browser goes on by a GET (303), so that a reload repeats
   nothing. Only a secret that is shown once is answered at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Literal, TypeVar

import msgspec
from starlette.responses import Response

from certmark.domain.errors import CannotProceed, InvalidInput, InvalidRequest
from certmark.server.api.errors import problem_of
from certmark.server.api.wording import in_plain_words
from certmark.server.services.errors import NotKnown, Outdated, Unconditional
from certmark.server.web.handling import check_form
from certmark.server.web.pages import elsewhere
from certmark.server.web.requests import PageRequest
from certmark.server.web.site import Freshness, Shown

REVISION = "revision"
"""The name of the field of rule 4."""
_OUTDATED = (
    "Somebody else changed this since you opened it. What you typed is still in the form, and what is there now "
    "stands below each field that differs. Send the form again to put yours in its place."
)
Kind = Literal["line", "text", "lines", "choice", "check", "hidden"]


class Option(msgspec.Struct, frozen=True):
    """One of several answers."""

    value: str
    label: str


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One question."""

    name: str
    label: str
    hint: str = ""
    kind: Kind = "line"
    """lines: a list, one thing a line; check: yes or no."""
    value: str = ""
    """Of a check: yes, or nothing."""
    options: tuple[Option, ...] = ()
    is_optional: bool = False
    problem: str = ""
    """What is wrong with the value, as a sentence."""
    now: str | None = None
    """What is there by now, where somebody else changed it."""
    autocomplete: str = "off"


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked, and where the answers go."""

    path: str
    button: str
    """What it does, as a verb."""
    fields: tuple[Field, ...] = ()
    id: str = "form"
    """Of several forms on a page each has another one."""
    revision: int | None = None
    """Rule 4; None: whatever it is now."""
    problem: str = ""
    """What was refused, as a sentence."""
    is_destructive: bool = False
    back: str = ""
    """Where somebody goes who does not want it."""

    @property
    def is_wrong(self) -> bool:
        """Whether it was sent and did not do what it does."""
        return bool(self.problem) or any(field.problem for field in self.fields)

    def of(self, **values: str | bool | list[str] | None) -> Form:
        """The same with these values."""
        fields = tuple(
            msgspec.structs.replace(one, value=_text(values[one.name])) if one.name in values else one
            for one in self.fields
        )
        return msgspec.structs.replace(self, fields=fields)


class _Mistaken(Exception):
    """Some answers mean nothing; by the name of the field, what is wrong."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = problems


Values = TypeVar("Values", bound=msgspec.Struct)
Refusals = Mapping[type[Exception], str]
"""Which field a refusal of a service is about."""


def decided(
    asked: PageRequest,
    form: Form,
    into: type[Values],
    act: Callable[[Values, int | None], Shown | Response],
    again: Callable[[Form], Shown],
    at: Refusals | None = None,
) -> Shown | Response:
    """What `act` made of the answers and of the revision that they change; else the page `again`, with what is wrong.

    `form` has what is there now. Raises NotKnown or NotPermitted where nobody is signed in who could send it.
    """
    check_form(asked)
    tried = _filled(form, asked.form)
    try:
        return act(_read(tried, into), _revision(form, asked.form))
    except _Mistaken as error:
        return _again(again(_with(tried, error.problems)), HTTPStatus.UNPROCESSABLE_ENTITY)
    except NotKnown:
        raise
    except Outdated:
        return _again(again(_beside(form, tried)), HTTPStatus.PRECONDITION_FAILED)
    except (InvalidRequest, InvalidInput, CannotProceed) as error:
        return _again(again(_refused(tried, error, at or {})), _status(error))


def done(asked: PageRequest, path: str, word: str = "") -> Response:
    """The browser goes on to a page, which says `word` (`notices.DONE`)."""
    return elsewhere(asked.url(path, done=word or None))


def sentence(text: str) -> str:
    """What a service says, as a sentence."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}"


def _again(shown: Shown, status: HTTPStatus) -> Shown:
    return shown._replace(status=status, freshness=Freshness.PRIVATE)


def _status(error: Exception) -> HTTPStatus:
    found = problem_of(error)
    return HTTPStatus.BAD_REQUEST if found is None else HTTPStatus(found.status)


def _text(value: str | bool | list[str] | None) -> str:
    if isinstance(value, list):
        return "\n".join(value)
    return {True: "yes", False: "", None: ""}.get(value, str(value))


def _filled(form: Form, given: Mapping[str, str]) -> Form:
    """Rule 2: the form as it was sent; ends of lines are those of this world, whatever browsers send."""
    plain = {name: text.replace("\r\n", "\n").replace("\r", "\n") for name, text in given.items()}
    return form.of(**{one.name: plain.get(one.name, "") for one in form.fields})


def _read(form: Form, into: type[Values]) -> Values:
    """Raises _Mistaken."""
    kinds = {one.name: one for one in msgspec.structs.fields(into)}
    found: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for field in form.fields:
        if field.name in kinds:
            try:
                found[field.name] = _value(field, kinds[field.name].type)
            except msgspec.ValidationError as error:
                problems[field.name] = _problem(field, str(error))
    if problems:
        raise _Mistaken(problems)
    return into(**found)


def _value(field: Field, kind: Any) -> Any:
    """Raises ValidationError."""
    match field.kind:
        case "check":
            return field.value == "yes"
        case "lines":
            return msgspec.convert([one.strip() for one in field.value.split("\n") if one.strip()], kind)
        case "text":
            value = field.value.strip("\n")
        case _:
            value = field.value.strip()
    if not value and field.is_optional:
        try:
            return msgspec.convert(None, kind)
        except msgspec.ValidationError:
            pass
    return msgspec.convert(value, kind, strict=False)


def _problem(field: Field, said: str) -> str:
    if not field.value.strip():
        return f"{field.label}: this is missing."
    if field.kind == "choice":
        return f"{field.label}: choose one of these."
    words, _, place = said.partition(" - at `")
    if "matching regex" in words and not all(one.isprintable() for one in field.value.split("\n")):
        return f"{field.label}: there is a character in it that is not printed; take it out."
    line = "" if field.kind != "lines" or "[" not in place else " in one of the lines"
    return sentence(f"{field.label}{line} {in_plain_words(words)}")


def _with(form: Form, problems: Mapping[str, str]) -> Form:
    fields = tuple(msgspec.structs.replace(one, problem=problems.get(one.name, "")) for one in form.fields)
    return msgspec.structs.replace(form, fields=fields)


def _refused(form: Form, error: Exception, at: Refusals) -> Form:
    """Rule 3."""
    found, names = problem_of(error), {one.name for one in form.fields if one.kind != "hidden"}
    about = found.pointer if found is not None and found.pointer in names else None
    about = about or next((name for kind, name in at.items() if isinstance(error, kind) and name in names), None)
    if about is not None:
        return _with(form, {about: sentence(str(error))})
    return msgspec.structs.replace(form, problem=sentence(str(error)))


def _revision(form: Form, given: Mapping[str, str]) -> int | None:
    """Raises Unconditional."""
    if form.revision is None:
        return None
    text = given.get(REVISION, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Unconditional("the form does not say which state it changes; look at it again, and send it once more")
    return int(text)


def _beside(form: Form, tried: Form) -> Form:
    """Rule 4: what was typed, and what is there now where it is something else."""
    fields = tuple(
        msgspec.structs.replace(mine, now=now.value if now.value != mine.value else None)
        for mine, now in zip(tried.fields, form.fields, strict=True)
    )
    return msgspec.structs.replace(tried, fields=fields, problem=_OUTDATED)
