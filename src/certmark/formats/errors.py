"""Refusals of the formats: families by who must act.

Every message is one sentence for a person: what was wrong, where, what to do. It never carries
more than a short excerpt of the input.
"""

from certmark.domain.errors import InvalidInput


class FormatError(InvalidInput):
    """Something that was read cannot be understood; the family says who must mend it."""


class InvalidGuideline(FormatError):
    """The guideline's author must mend it, or the person must name another file."""


class UnreadableResults(FormatError):
    """The sender of the results must send them again, or the person must name another file."""


class InvalidScores(FormatError):
    """Whoever scored must mend the sheet or table."""


class InvalidCoverage(FormatError):
    """A saved coverage, or what claims to be one."""


class InvalidWaivers(FormatError):
    """Whoever wrote the file of waivers must mend it."""


class InvalidPermissions(FormatError):
    """Whoever wrote the file of who may do what must mend it."""


class InvalidRulebook(FormatError):
    """Whoever wrote the file of a programme must mend it."""


class InvalidVocabulary(FormatError):
    """The vocabulary of tags, or what claims to be one."""


class InvalidQuestionnaire(FormatError):
    """A questionnaire, or what claims to be one."""


class InvalidNotices(FormatError):
    """The texts of notices in a language, or what claims to be that."""


class InvalidOpinions(FormatError):
    """What a server exported of votes and answers, or what claims to be that."""


class InvalidBundle(FormatError):
    """The sender of a bundle must send it again, or the person must name a run's folder."""


class InvalidCertificate(FormatError):
    """Whoever issued a certificate or a status list must issue it again, or the person must name another file."""


class SecretsInside(FormatError):
    """Whoever ran the tests must see to it that no secret leaves the machine."""


class InvalidDisclosures(FormatError):
    """Whoever shows what was removed from a bundle must show it again."""


def excerpt(text: str, limit: int = 80) -> str:
    """`text` for a message: in quotes, control characters escaped, no longer than `limit`."""
    shown = ascii(text[:limit]) if not text[:limit].isprintable() else f'"{text[:limit]}"'
    return shown + ("…" if len(text) > limit else "")
