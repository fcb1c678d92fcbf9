"""Who may see and do what: roles, rights, and which role has which right.

1. A person has roles towards a thing: towards everything (anonymous, user, and the roles of the programme),
   towards what belongs to a vendor (member, administrator, designate, deputy), and towards what they sent (owner).
2. They may see or do something if one of these roles has the right to it; there is no other way.
3. The rules that come along are the default; a programme overrides single rights, each with all its roles.
4. Some rights have bounds that no override crosses (`BOUNDS`): what is private stays that, what commits a company
   is its designate's, and nobody decides on the programme's behalf but its office.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from certmark.domain.errors import InvalidInput


class InvalidRules(InvalidInput):
    """Whoever wrote the rules of who may do what must look at them again; the message says where."""


class Role(Enum):
    """What somebody is to a thing."""

    ANONYMOUS = "anonymous"
    """Everybody, also who does not say who they are."""
    USER = "user"
    """Everybody who is known."""
    OWNER = "owner"
    """Who sent a run, as long as it belongs to no vendor."""
    MEMBER = "member"
    """Of the vendor that it belongs to."""
    ADMINISTRATOR = "administrator"
    """A member who looks after the vendor's members and products."""
    DESIGNATE = "designate"
    """The one member who commits the company; the programme office appoints them."""
    DEPUTY = "deputy"
    """Who stands in for the designate."""
    REVIEWER = "reviewer"
    """Of the programme; belongs to an organisation."""
    OFFICE = "programme office"
    """Who decides for the programme."""
    OPERATOR = "operator"
    """Who runs the server."""

    @property
    def bit(self) -> int:
        """As a set of roles is kept: one bit each. Only ever added to."""
        return 1 << _PLACES[self]


_PLACES = {role: place for place, role in enumerate(Role)}
OF_VENDOR = frozenset({Role.MEMBER, Role.ADMINISTRATOR, Role.DESIGNATE, Role.DEPUTY})
"""Roles that somebody has in a vendor."""
OF_PROGRAMME = frozenset({Role.REVIEWER, Role.OFFICE, Role.OPERATOR})
"""Roles that somebody has in the programme."""
OF_ANYBODY = frozenset({Role.ANONYMOUS, Role.USER})


class Right(Enum):
    """Something that can be allowed; those to see begin with `see`."""

    SEE_GUIDELINE = "see-guideline"
    SEE_SHARED_RUN = "see-shared-run"
    SEE_OWN_RUN = "see-own-run"
    SEE_VENDOR_RUN = "see-vendor-run"
    """Runs that belong to the vendor's products."""
    SEE_OFFICIAL_RUN = "see-official-run"
    """Runs that a designate made official, though they are not shared."""
    SEE_PUBLIC_VENDOR = "see-public-vendor"
    SEE_VENDOR = "see-vendor"
    SEE_MEMBERS = "see-members"
    SEE_HISTORY = "see-history"
    """Who changed what of a vendor, and why."""
    SEE_PUBLIC_PRODUCT = "see-public-product"
    SEE_PRODUCT = "see-product"
    SEE_AGREEMENT = "see-agreement"
    """The text of agreements."""
    SEE_STATISTICS = "see-statistics"
    """Counts over shared runs, and the words by which they are counted."""
    SEE_LOG = "see-log"
    """The log of what was countersigned."""
    SEE_OWN_DATA = "see-own-data"
    """What is kept of oneself."""
    SEE_OFFICES = "see-offices"
    """Who has which role in the programme."""
    SEE_OPERATION = "see-operation"
    """How the server is: what is wrong with it, its work, its store."""
    SUBMIT_RUN = "submit-run"
    REGISTER_VENDOR = "register-vendor"
    EDIT_VENDOR = "edit-vendor"
    RENAME_APPROVED_VENDOR = "rename-approved-vendor"
    ASK_FOR_APPROVAL = "ask-for-approval"
    DECIDE_ON_VENDOR = "decide-on-vendor"
    MERGE_VENDORS = "merge-vendors"
    MANAGE_MEMBERS = "manage-members"
    HAND_OVER_VENDOR = "hand-over-vendor"
    APPOINT_DESIGNATE = "appoint-designate"
    PUBLISH_AGREEMENT = "publish-agreement"
    ACCEPT_AGREEMENT = "accept-agreement"
    EDIT_PRODUCT = "edit-product"
    EDIT_OWN_RUN = "edit-own-run"
    """Share it, tag it, attest it, delete it."""
    ATTACH_RUN = "attach-run"
    """Give a run of one's own to a product of the vendor."""
    EDIT_VENDOR_RUN = "edit-vendor-run"
    """The same as with a run of one's own, with those of the vendor."""
    MAKE_OFFICIAL = "make-official"
    """Say for the company that a run is its result."""
    VERIFY_RUN = "verify-run"
    ERASE_OWN_DATA = "erase-own-data"
    MANAGE_OWN_ACCESS = "manage-own-access"
    """One's own tokens, sessions, keys and publishers."""
    MANAGE_VENDOR_ACCESS = "manage-vendor-access"
    """Tokens and keys of a vendor."""
    SUBSCRIBE = "subscribe"
    """Save queries over shared runs, and be told when their answers change; choose how one is told of anything."""
    GIVE_OPINION = "give-opinion"
    """Vote on tests and nominate some, with a run of one's own here; answer questionnaires."""
    SEE_ANSWERS = "see-answers"
    """What people answered to questionnaires, one by one, without their names."""
    SEE_REGISTER = "see-register"
    """Certificates, what stands behind them, and what became of them."""
    SEE_APPLICATION = "see-application"
    EDIT_APPLICATION = "edit-application"
    """Draft one, and answer questions."""
    COMMIT_APPLICATION = "commit-application"
    """Submit, withdraw and appeal for the company; give a certificate back, and answer challenges."""
    REVIEW_APPLICATION = "review-application"
    """Ask, comment, recommend, object; a reviewer does with those that are assigned to them."""
    DECIDE_ON_APPLICATION = "decide-on-application"
    """Check that it is complete, assign reviewers, propose and decide."""
    MANAGE_CERTIFICATE = "manage-certificate"
    """Suspend, reinstate, narrow, extend, revoke."""
    FILE_CASE = "file-case"
    """Challenge a public certificate."""
    SEE_CASE = "see-case"
    """Challenges, grievances, appeals, concerns and requests for waivers of the vendor that are not public."""
    HANDLE_CASE = "handle-case"
    """Decide what becomes of them, for the programme."""
    SEE_ORDER = "see-order"
    """Standing orders, what became of them, and the runners that carry them out."""
    EDIT_ORDER = "edit-order"
    """Give, change, start, pause, cancel and end standing orders; drain runners."""
    RUN_ORDER = "run-order"
    """Carry out standing orders, as a runner does."""


_MEMBERS = OF_VENDOR
_OFFICES = frozenset({Role.OFFICE, Role.OPERATOR})
_LEADS = frozenset({Role.ADMINISTRATOR, Role.DESIGNATE, Role.DEPUTY})
DEFAULT: Mapping[Right, frozenset[Role]] = {
    Right.SEE_GUIDELINE: frozenset({Role.ANONYMOUS}),
    Right.SEE_SHARED_RUN: frozenset({Role.ANONYMOUS}),
    Right.SEE_OWN_RUN: frozenset({Role.OWNER}),
    Right.SEE_VENDOR_RUN: _MEMBERS,
    Right.SEE_OFFICIAL_RUN: frozenset({Role.REVIEWER, Role.OFFICE}),
    Right.SEE_PUBLIC_VENDOR: frozenset({Role.ANONYMOUS}),
    Right.SEE_VENDOR: _MEMBERS | _OFFICES,
    Right.SEE_MEMBERS: _MEMBERS | _OFFICES,
    Right.SEE_HISTORY: _LEADS | _OFFICES,
    Right.SEE_PUBLIC_PRODUCT: frozenset({Role.ANONYMOUS}),
    Right.SEE_PRODUCT: _MEMBERS | _OFFICES,
    Right.SEE_AGREEMENT: frozenset({Role.ANONYMOUS}),
    Right.SEE_STATISTICS: frozenset({Role.ANONYMOUS}),
    Right.SEE_LOG: frozenset({Role.ANONYMOUS}),
    Right.SEE_OWN_DATA: frozenset({Role.USER}),
    Right.SEE_OFFICES: _OFFICES,
    Right.SEE_OPERATION: frozenset({Role.OPERATOR}),
    Right.SUBMIT_RUN: frozenset({Role.USER}),
    Right.REGISTER_VENDOR: frozenset({Role.USER}),
    Right.EDIT_VENDOR: frozenset({Role.ADMINISTRATOR, Role.OFFICE}),
    Right.RENAME_APPROVED_VENDOR: frozenset({Role.OFFICE}),
    Right.ASK_FOR_APPROVAL: _LEADS,
    Right.DECIDE_ON_VENDOR: frozenset({Role.OFFICE}),
    Right.MERGE_VENDORS: frozenset({Role.OFFICE}),
    Right.MANAGE_MEMBERS: frozenset({Role.ADMINISTRATOR, Role.OFFICE}),
    Right.HAND_OVER_VENDOR: frozenset({Role.ADMINISTRATOR, Role.OFFICE}),
    Right.APPOINT_DESIGNATE: frozenset({Role.OFFICE}),
    Right.PUBLISH_AGREEMENT: frozenset({Role.OFFICE}),
    Right.ACCEPT_AGREEMENT: frozenset({Role.DESIGNATE}),
    Right.EDIT_PRODUCT: frozenset({Role.ADMINISTRATOR}),
    Right.EDIT_OWN_RUN: frozenset({Role.OWNER}),
    Right.ATTACH_RUN: _MEMBERS,
    Right.EDIT_VENDOR_RUN: _LEADS,
    Right.MAKE_OFFICIAL: frozenset({Role.DESIGNATE, Role.DEPUTY}),
    Right.VERIFY_RUN: frozenset({Role.OFFICE}),
    Right.ERASE_OWN_DATA: frozenset({Role.USER}),
    Right.MANAGE_OWN_ACCESS: frozenset({Role.USER}),
    Right.MANAGE_VENDOR_ACCESS: frozenset({Role.ADMINISTRATOR}),
    Right.SUBSCRIBE: frozenset({Role.USER}),
    Right.GIVE_OPINION: frozenset({Role.USER}),
    Right.SEE_ANSWERS: frozenset({Role.OFFICE}),
    Right.SEE_REGISTER: frozenset({Role.ANONYMOUS}),
    Right.SEE_APPLICATION: _MEMBERS | {Role.REVIEWER, Role.OFFICE},
    Right.EDIT_APPLICATION: _MEMBERS,
    Right.COMMIT_APPLICATION: frozenset({Role.DESIGNATE, Role.DEPUTY}),
    Right.REVIEW_APPLICATION: frozenset({Role.REVIEWER, Role.OFFICE}),
    Right.DECIDE_ON_APPLICATION: frozenset({Role.OFFICE}),
    Right.MANAGE_CERTIFICATE: frozenset({Role.OFFICE}),
    Right.FILE_CASE: frozenset({Role.USER}),
    Right.SEE_CASE: _MEMBERS | {Role.REVIEWER, Role.OFFICE},
    Right.HANDLE_CASE: frozenset({Role.OFFICE}),
    Right.SEE_ORDER: _MEMBERS | _OFFICES,
    Right.EDIT_ORDER: frozenset({Role.ADMINISTRATOR, Role.OFFICE}),
    Right.RUN_ORDER: frozenset({Role.ADMINISTRATOR, Role.OFFICE}),
}
"""Who may see and do what where a programme says nothing else."""

_OPEN = frozenset(
    {
        Right.SEE_GUIDELINE,
        Right.SEE_SHARED_RUN,
        Right.SEE_PUBLIC_VENDOR,
        Right.SEE_PUBLIC_PRODUCT,
        Right.SEE_AGREEMENT,
        Right.SEE_STATISTICS,
        Right.SEE_LOG,
        Right.SEE_REGISTER,
    }
)
"""Rights that everybody may have: what they open is public already."""
_KNOWN = frozenset(
    {
        Right.SUBMIT_RUN,
        Right.REGISTER_VENDOR,
        Right.SEE_OWN_DATA,
        Right.ERASE_OWN_DATA,
        Right.MANAGE_OWN_ACCESS,
        Right.SUBSCRIBE,
        Right.GIVE_OPINION,
        Right.FILE_CASE,
    }
)
"""Rights that everybody may have who is known."""
_OFFICE_ONLY = frozenset(
    {
        Right.RENAME_APPROVED_VENDOR,
        Right.DECIDE_ON_VENDOR,
        Right.MERGE_VENDORS,
        Right.APPOINT_DESIGNATE,
        Right.PUBLISH_AGREEMENT,
        Right.VERIFY_RUN,
        Right.DECIDE_ON_APPLICATION,
        Right.MANAGE_CERTIFICATE,
        Right.HANDLE_CASE,
    }
)
_COMMITS = frozenset({Right.ACCEPT_AGREEMENT, Right.MAKE_OFFICIAL, Right.COMMIT_APPLICATION})
_REVIEWS = frozenset({Right.REVIEW_APPLICATION})
"""Rights to an opinion: nobody has one of what is their own."""
_OWNERS = frozenset({Right.SEE_OWN_RUN, Right.EDIT_OWN_RUN})
_VENDORS = frozenset({Right.ATTACH_RUN, Right.MANAGE_VENDOR_ACCESS, Right.EDIT_APPLICATION})
"""Rights to say something in the name of a vendor."""


_PROGRAMMES = frozenset({Right.SEE_OFFICES, Right.SEE_OPERATION, Right.SEE_ANSWERS})
"""Rights that nobody has who has no role in the programme."""


_MOST: tuple[tuple[frozenset[Right], frozenset[Role]], ...] = (
    (_OPEN, OF_ANYBODY),
    (_KNOWN, OF_PROGRAMME | {Role.USER}),
    (_OFFICE_ONLY, frozenset({Role.OFFICE})),
    (_COMMITS, frozenset({Role.DESIGNATE, Role.DEPUTY})),
    (_REVIEWS, frozenset({Role.REVIEWER, Role.OFFICE})),
    (_PROGRAMMES, OF_PROGRAMME),
    (_OWNERS, frozenset({Role.OWNER})),
    (_VENDORS, OF_VENDOR),
)


def _bound(right: Right) -> frozenset[Role]:
    return next((roles for rights, roles in _MOST if right in rights), OF_VENDOR | OF_PROGRAMME)


BOUNDS: Mapping[Right, frozenset[Role]] = {right: _bound(right) for right in Right}
"""Rule 4: the roles that may have each right at most."""


def with_everybody(roles: Iterable[Role], *, is_known: bool) -> frozenset[Role]:
    """All roles of somebody who has these: everybody is anonymous, too, and who is known is a user."""
    return frozenset({*roles, Role.ANONYMOUS} | ({Role.USER} if is_known else set()))


def roles_of(bits: int) -> frozenset[Role]:
    """The roles whose `bit` is set."""
    return frozenset(role for role in Role if bits & role.bit)


def bits_of(roles: Iterable[Role]) -> int:
    """As a set of roles is kept."""
    return sum({role.bit for role in roles})


@dataclass(frozen=True)
class AccessRules:
    """Which roles have which right, on one server."""

    overrides: Mapping[Right, frozenset[Role]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises InvalidRules where an override crosses a bound."""
        for right, roles in self.overrides.items():
            beyond = sorted(role.value for role in roles - BOUNDS[right])
            if beyond:
                most = ", ".join(role.value for role in Role if role in BOUNDS[right])
                raise InvalidRules(f"{right.value} cannot be given to {beyond[0]}; it can be given to {most}")

    def roles(self, right: Right) -> frozenset[Role]:
        """Who has it."""
        return self.overrides.get(right, DEFAULT[right])

    def allow(self, right: Right, roles: Iterable[Role]) -> bool:
        """Rule 2: whether somebody with these roles has it."""
        return not self.roles(right).isdisjoint(roles)

    def bits(self, right: Right) -> int:
        """Who has it, as a statement of a database takes it."""
        return bits_of(self.roles(right))

    def without_effect(self) -> Iterator[Right]:
        """Rights whose override says what the default says: whoever reads it would take it for a change."""
        return (right for right, roles in self.overrides.items() if roles == DEFAULT[right])


DEFAULT_RULES = AccessRules()
