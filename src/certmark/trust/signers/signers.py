"""Who may speak for whom: a person's decision, given as one key, as OpenSSH's allowed signers, or as a policy.

That a signature is sound says only that the owner of a key made it. Whether that owner may say this is asked here:

1. A grant says which signers may speak for which vendors, clouds and products, and how many of them must.
2. A signer counts once, however many keys of theirs signed; a key counts once, under however many names it stands.
3. A key counts only while it is valid, at the time that the caller knows of (a receipt's, else the day of the check);
   what the signer says of the time is not believed.
4. Nothing granted is nothing allowed.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from certmark.domain.advice import Action, Advice
from certmark.formats.errors import excerpt
from certmark.trust.keys.keys import PublicKey


class ValidityPeriod(NamedTuple):
    """When a key is valid; None: without end on that side."""

    begins: datetime | None = None
    ends: datetime | None = None
    """The first moment at which it is no longer."""

    def holds_at(self, moment: datetime) -> bool:
        """Whether `moment` is inside."""
        return (self.begins is None or self.begins <= moment) and (self.ends is None or moment < self.ends)

    def problem_at(self, moment: datetime) -> str:
        """Why it does not hold at `moment`."""
        if self.begins is not None and moment < self.begins:
            return f"is valid only from {self.begins:%Y-%m-%d}"
        return "is valid" if self.ends is None else f"was valid until {self.ends:%Y-%m-%d %H:%M} UTC"


class AllowedSigner(NamedTuple):
    """Somebody, and one key of theirs."""

    name: str
    key: PublicKey
    valid: ValidityPeriod = ValidityPeriod()
    namespaces: tuple[str, ...] = ()
    """What signatures of the key may be for; empty: anything."""


class Grant(NamedTuple):
    """Who may speak for whom. The lists hold patterns with * and ?, those with ! in front exclude."""

    signers: tuple[str, ...]
    """Names, as they are."""
    vendors: tuple[str, ...] = ("*",)
    clouds: tuple[str, ...] = ("*",)
    products: tuple[str, ...] = ("*",)
    threshold: int = 1
    is_exact: bool = False
    """Whether capitals matter, as in OpenSSH's list."""


class Signers(NamedTuple):
    """Everything that a person allows."""

    source: str
    """For messages: where it stands."""
    signatories: tuple[AllowedSigner, ...]
    grants: tuple[Grant, ...]
    max_age_days: int | None = None
    """How old a run may be at the time of the check; None: any age."""
    is_list: bool = True
    """Whether it says who may speak for whom; else keys were named, and each may say anything."""
    unused: tuple[str, ...] = ()
    """Lines of the list that were of no use here, each as a sentence."""

    def owners_of(self, key: PublicKey) -> tuple[AllowedSigner, ...]:
        """Whose key it is."""
        return tuple(one for one in self.signatories if one.key.blob == key.blob)

    @property
    def keys(self) -> tuple[PublicKey, ...]:
        """Every key, once."""
        return tuple({one.key.blob: one.key for one in self.signatories}.values())


class Claim(NamedTuple):
    """What was signed, as far as it matters for who may sign it."""

    vendor: str | None
    cloud: str | None = None
    product: str | None = None
    namespace: str = "certmark"


class Permission(NamedTuple):
    """An answer."""

    allowed: bool
    sentence: str
    expired: bool = False
    """It would have been allowed at another time."""
    advice: Advice | None = None


def any_key(keys: Iterable[PublicKey]) -> Signers:
    """What a person allows who names keys: each may say anything."""
    found = tuple(AllowedSigner(key.comment or key.id, key) for key in keys)
    names = tuple(dict.fromkeys(one.name for one in found))
    return Signers("the named key", found, (Grant(names),), is_list=False)


def permission(signers: Signers, signed_by: Iterable[PublicKey], matter: Claim, moment: datetime) -> Permission:
    """Whether those whose keys made sound signatures may say what they signed."""
    found = [one for key in signed_by for one in signers.owners_of(key)]
    if not found:
        return Permission(allowed=False, sentence=f"no key that signed is among those of {signers.source}")
    usable = [one for one in found if not one.namespaces or matches(one.namespaces, matter.namespace, is_exact=True)]
    if not usable:
        return Permission(
            allowed=False, sentence=f"{found[0].name} may sign {', '.join(found[0].namespaces)}, not {matter.namespace}"
        )
    grants = [grant for grant in signers.grants if _is_about(grant, matter)]
    speaking = [one for one in usable if any(one.name in grant.signers for grant in grants)]
    if not speaking:
        return _not_theirs(usable, matter, signers)
    valid = {one.name for one in speaking if one.valid.holds_at(moment)}  # Rules 2 and 3
    for grant in grants:
        keys = {one.key.blob for one in speaking if one.name in grant.signers and one.valid.holds_at(moment)}
        if min(len(valid.intersection(grant.signers)), len(keys)) >= grant.threshold:
            who = " and ".join(sorted(valid.intersection(grant.signers)))
            return Permission(allowed=True, sentence=f"{who} may speak for {_whom(matter)}")
    return _too_few(grants, speaking, valid, moment)


def _too_few(grants: list[Grant], speaking: list[AllowedSigner], valid: set[str], moment: datetime) -> Permission:
    late = [one for one in speaking if one.name not in valid]
    everybody = valid | {one.name for one in late}
    would_do = any(len(everybody.intersection(grant.signers)) >= grant.threshold for grant in grants)
    if late and would_do:
        sentence = (
            f"the key of {late[0].name} {late[0].valid.problem_at(moment)}, and it is {moment:%Y-%m-%d %H:%M} UTC"
        )
        return Permission(allowed=False, sentence=sentence, expired=True)
    fewest = min((grant for grant in grants if everybody.intersection(grant.signers)), key=lambda one: one.threshold)
    others = ", ".join(name for name in fewest.signers if name not in valid)
    return Permission(
        allowed=False, sentence=f"{len(valid)} of {fewest.threshold} signers that are needed signed; missing: {others}"
    )


def _is_about(grant: Grant, matter: Claim) -> bool:
    return (
        _speaks_for(grant, matter.vendor or "")
        and matches(grant.clouds, matter.cloud or "")
        and matches(grant.products, matter.product or "")
    )


def _speaks_for(grant: Grant, vendor: str) -> bool:
    """A principal of SSH is often an address: `*@acme.example` speaks for the vendor `acme.example`, too.

    An exclusion holds in both forms, of the name and of the address.
    """
    if matches(grant.vendors, vendor, is_exact=grant.is_exact):
        return True
    wanted = [one for one in grant.vendors if not one.startswith("!")]
    excluded = [one[1:] for one in grant.vendors if one.startswith("!")]
    return (
        matches(_domains(wanted), vendor, is_exact=grant.is_exact)
        and not matches([*excluded, *_domains(excluded)], vendor)  # whatever its capitals: to exclude is safe
    )


def _domains(patterns: Iterable[str]) -> list[str]:
    """What stands behind @ with somebody or anybody before it; a domain with a wildcard is none."""
    parts = (pattern.partition("@") for pattern in patterns)
    return [domain for who, _, domain in parts if who and domain and not set("*?!") & set(domain)]


def _not_theirs(usable: list[AllowedSigner], matter: Claim, signers: Signers) -> Permission:
    names = " and ".join(dict.fromkeys(one.name for one in usable))
    if matter.vendor is None:
        return Permission(
            allowed=False,
            sentence=f"nothing says for which vendor {names} signed",
            advice=Advice(Action.NAME_PRINCIPAL),
        )
    return Permission(allowed=False, sentence=f"{names} may not speak for {_whom(matter)} ({signers.source})")


def _whom(matter: Claim) -> str:
    if matter.vendor is None:
        return "anybody"
    return excerpt(matter.vendor, 60) + (f" and cloud {excerpt(matter.cloud, 60)}" if matter.cloud else "")


def matches(patterns: Iterable[str], text: str, *, is_exact: bool = False) -> bool:
    """Whether `text` is meant by a list of patterns, as in OpenSSH: one must match and none with ! in front may.

    `is_exact`: capitals matter, and ? stands for a byte, as they do there.
    """
    form = _as_bytes if is_exact else str.casefold
    name, found = form(text), False
    for pattern in patterns:
        if _matches(form(pattern.removeprefix("!")), name):
            if pattern.startswith("!"):
                return False
            found = True
    return found


def _as_bytes(text: str) -> str:
    """A character for each byte of its UTF-8."""
    return text.encode("utf-8", "surrogatepass").decode("latin-1")


def _matches(pattern: str, text: str) -> bool:
    """One pattern with * and ?; time grows with the product of the lengths, never more."""
    at, place, star, resume = 0, 0, -1, 0
    while place < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, resume = at, place
            at += 1
        elif at < len(pattern) and pattern[at] in {"?", text[place]}:
            at, place = at + 1, place + 1
        elif star >= 0:
            resume += 1
            at, place = star + 1, resume
        else:
            return False
    return pattern[at:].strip("*") == ""
