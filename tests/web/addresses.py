"""Every page in every state that looks different: a line each.

A path may name what stands in a site by `{name}` (`support.populated`), quoted as a part of an address.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import quote


class Shown(NamedTuple):
    """A page in one state."""

    name: str
    path: str
    role: str = "anonymous"
    status: int = 200
    site: str = "populated"
    has_data: bool = True
    """Whether it is there as JSON, too."""
    is_odd_asked: bool = True
    """Whether it is asked with odd queries; one state of a page is enough."""

    is_walked: bool = False
    """Whether somebody goes through it by the keyboard."""

    def __str__(self) -> str:
        return self.name

    def at(self, names: dict[str, str]) -> str:
        """Its path on a site."""
        quoted = {key: quote(value, safe="") for key, value in names.items()}
        return self.path.format(**quoted)


def runs() -> Iterator[Shown]:
    """Lists of runs, a run in every state, comparisons."""
    yield Shown("runs", "/runs", is_walked=True)
    yield Shown("runs-of-user", "/runs?of=mine", "user")
    yield Shown("runs-of-none", "/runs", site="empty")
    yield Shown("runs-failed", "/runs?standing=fail&program=object", is_odd_asked=False)
    yield Shown("runs-of-nobody", "/runs?vendor=Nobody&cloud=none", is_odd_asked=False)
    yield Shown("runs-refused", "/runs?standing=good", status=400, is_odd_asked=False)
    for state in ("passed", "broken", "compute", "cut", "all_failing", "unjudged", "unreadable", "unread", "verified"):
        yield Shown(
            f"run-{state}", f"/runs/{{run_{state}}}", is_odd_asked=state == "broken", is_walked=state == "broken"
        )
    for state in ("hostile", "hostile_failing", "long"):
        yield Shown(f"run-{state}", f"/runs/{{run_{state}}}", is_odd_asked=False)
    yield Shown("run-private", "/runs/{run_private}", "user", is_odd_asked=False)
    yield Shown("run-private-of-others", "/runs/{run_private}", status=404, is_odd_asked=False)
    yield Shown("run-official", "/runs/{run_official}", "reviewer", is_odd_asked=False)
    yield Shown("run-of-member", "/runs/{run_verified}", "member", is_odd_asked=False)
    yield Shown("run-live", "/runs/{live}", is_odd_asked=False)
    yield Shown("run-of-cloud", "/runs/{acme_last}", is_odd_asked=False)
    yield Shown("run-failed-tests", "/runs/{run_broken}?state=failed", is_odd_asked=False)
    yield Shown("run-tests", "/runs/{run_broken}/tests")
    yield Shown("run-tests-1500", "/runs/{run_all_failing}/tests", is_odd_asked=False)
    yield Shown("run-tests-hostile", "/runs/{run_hostile}/tests", is_odd_asked=False)
    yield Shown("run-evidence", "/runs/{run_broken}/evidence")
    yield Shown("run-evidence-hostile", "/runs/{run_hostile_failing}/evidence", is_odd_asked=False)
    yield Shown("run-verdict-under", "/runs/{run_broken}/verdict/2026.05/object")
    yield Shown("compare-runs", "/compare/{acme_before}..{acme_last}")
    yield Shown("compare-hostile", "/compare/{run_hostile}..{run_hostile_failing}", is_odd_asked=False)
    yield Shown("compare-same", "/compare/{acme_last}..{acme_last}", is_odd_asked=False)
    yield Shown("compare", "/compare", has_data=False)


def guidelines() -> Iterator[Shown]:
    """Guidelines and what is in them."""
    yield Shown("guidelines", "/guidelines", is_walked=True)
    yield Shown("guideline", "/guidelines/2026.11", is_walked=True)
    yield Shown("guideline-earlier", "/guidelines/2026.05", is_odd_asked=False)
    yield Shown("guideline-revision", "/guidelines/2026.11@{revision_shipped}", is_odd_asked=False)
    yield Shown("guideline-absent", "/guidelines/2026.1", status=404, is_odd_asked=False)
    yield Shown("program", "/guidelines/2026.11/object")
    yield Shown("program-compute", "/guidelines/2026.11/compute", is_odd_asked=False)
    yield Shown("program-tests", "/guidelines/2026.11/object/tests")
    yield Shown("guideline-diff", "/guidelines/2026.05/diff/2026.11")
    yield Shown("guideline-history", "/guidelines/2026.11/history")
    yield Shown("guideline-impact", "/guidelines/2026.11/impact")
    yield Shown("programmes", "/programmes")
    yield Shown("programme", "/programmes/interoperable-cloud")
    yield Shown("programme-report", "/programmes/interoperable-cloud/reports/2026")
    yield Shown("capabilities", "/capabilities")
    yield Shown("capability", "/capabilities/objectstore-object-copy")


def history() -> Iterator[Shown]:
    """Clouds, tests, and numbers over all of them."""
    yield Shown("clouds", "/clouds")
    yield Shown("clouds-of-none", "/clouds", site="empty")
    yield Shown("clouds-failing", "/clouds?standing=fail", is_odd_asked=False)
    for name in ("acme", "dust", "hostile"):
        yield Shown(f"cloud-{name}", f"/clouds/{{cloud_{name}}}", is_odd_asked=name == "acme", is_walked=name == "acme")
    yield Shown("cloud-absent", "/clouds/cloud:none", status=404, is_odd_asked=False)
    yield Shown("grid", "/clouds/{cloud_acme}/grid", is_walked=True)
    yield Shown("grid-flaky", "/clouds/{cloud_borealis}/grid?only=unstable", is_odd_asked=False)
    yield Shown("matrix", "/matrix", is_walked=True)
    yield Shown("matrix-of-none", "/matrix", site="empty")
    yield Shown("matrix-compute", "/matrix?program=compute", is_odd_asked=False)
    yield Shown("tests", "/tests")
    yield Shown("test", f"/tests/{quote(TEST)}")
    yield Shown("test-hostile", "/tests/suite.%3Cscript%3Ealert%281%29%3C%2Fscript%3E", is_odd_asked=False)
    yield Shown("test-absent", "/tests/tempest.none", status=404, is_odd_asked=False)
    yield Shown("vote", f"/votes/new?test={quote(TEST)}", "user", is_odd_asked=False)
    yield Shown("nominations", "/nominations")
    yield Shown("nominations-of-user", "/nominations", "user", is_odd_asked=False)
    yield Shown("nominations-new", "/nominations/new", "user", is_odd_asked=False)
    yield Shown("nomination-end", "/nominations/{nomination}/end", "user", is_odd_asked=False)
    yield Shown("questionnaires", "/questionnaires")
    yield Shown("questionnaire", "/questionnaires/interoperability", is_walked=True)
    yield Shown("questionnaire-of-user", "/questionnaires/interoperability", "user", is_odd_asked=False)
    yield Shown("questionnaire-absent", "/questionnaires/none", status=404, is_odd_asked=False)
    for name in ("answer", "end"):
        path = f"/questionnaires/interoperability/{name}"
        yield Shown(f"questionnaire-{name}", path, "user", is_odd_asked=False)
    yield Shown("questionnaire-answers", "/questionnaires/interoperability/answers", "office", is_odd_asked=False)
    yield Shown("statistics", "/statistics")
    yield Shown("statistics-of-none", "/statistics", site="empty")
    for part in ("failing", "adoption"):
        yield Shown(f"statistics-{part}", f"/statistics/{part}", is_odd_asked=False)


def asked() -> Iterator[Shown]:
    """The search."""
    yield Shown("search", "/search", is_walked=True)
    yield Shown("search-query", "/search?q=status%3Afail", is_odd_asked=False)
    yield Shown("search-words", "/search?q=tokens", is_odd_asked=False)
    yield Shown("search-nothing", "/search?q=vendor%3ANobody", is_odd_asked=False)
    yield Shown("search-mistake", "/search?q=status%3Afail%20and%20(", is_odd_asked=False)
    yield Shown("search-of-none", "/search?q=status%3Afail", site="empty", is_odd_asked=False)


def own() -> Iterator[Shown]:
    """Home, and what is somebody's own."""
    yield Shown("home", "/", has_data=False, is_walked=True)
    yield Shown("home-of-user", "/", "user", has_data=False)
    yield Shown("home-of-none", "/", site="empty", has_data=False)
    yield Shown("my", "/my", "user", is_walked=True)
    yield Shown("my-of-nothing", "/my", "user", site="empty")
    for role in ("member", "designate", "reviewer", "office", "operator"):
        yield Shown(f"my-of-{role}", "/my", role, is_odd_asked=False)
    for name in ("clouds", "runs", "tokens", "keys", "publishers", "publishers/new", "sessions", "account", "data"):
        yield Shown(f"my-{name.replace('/', '-')}", f"/my/{name}", "user")
    yield Shown("my-subscriptions", "/my/subscriptions", "user")
    yield Shown("my-subscriptions-new", "/my/subscriptions/new", "user", is_odd_asked=False)
    yield Shown("my-notices", "/my/notices", "user")
    yield Shown("my-notices-of-lead", "/my/notices", "designate", is_odd_asked=False)
    yield Shown("my-notices-choices", "/my/notices/choices", "user", is_odd_asked=False)
    yield Shown("my-erase", "/my/account/erase", "user")
    for name in ("", "/share", "/tags", "/attach", "/delete"):
        yield Shown(f"my-run{name.replace('/', '-')}", f"/my/runs/{{run_private}}{name}", "user")
    yield Shown("my-run-official", "/my/runs/{run_verified}", "designate", is_odd_asked=False)


def vendors() -> Iterator[Shown]:
    """Vendors, their products and members, for those who look and for those who may change them."""
    yield Shown("vendors", "/vendors")
    yield Shown("vendors-of-office", "/vendors", "office", is_odd_asked=False)
    yield Shown("vendors-of-none", "/vendors", site="empty", is_odd_asked=False)
    yield Shown("vendors-new", "/vendors/new", "user")
    yield Shown("vendor", "/vendors/{vendor_acme}")
    yield Shown("vendor-hostile", "/vendors/{vendor_hostile}", is_odd_asked=False)
    yield Shown("vendor-waiting-of-office", "/vendors/{vendor_waiting}", "office", is_odd_asked=False)
    yield Shown("vendor-waiting-of-others", "/vendors/{vendor_waiting}", status=404, is_odd_asked=False)
    yield Shown("vendor-decision", "/vendors/{vendor_waiting}/decision", "office", is_odd_asked=False)
    for name in ("members", "members/invite", "agreements", "history", "edit", "tokens", "keys", "publishers"):
        yield Shown(f"vendor-{name.replace('/', '-')}", f"/vendors/{{vendor_acme}}/{name}", "administrator")
    yield Shown("vendor-products-new", "/vendors/{vendor_acme}/products/new", "administrator", is_odd_asked=False)
    yield Shown("product", "/products/{product_acme}")
    yield Shown("product-hostile", "/products/{product_hostile}", is_odd_asked=False)
    for name in ("edit", "history", "delete", "versions/new"):
        yield Shown(f"product-{name.replace('/', '-')}", f"/products/{{product_acme}}/{name}", "administrator")
    yield Shown("version-edit", "/versions/{version_acme}/edit", "administrator", is_odd_asked=False)


def certification() -> Iterator[Shown]:
    """The desk of certification."""
    yield Shown("certification", "/certification", is_walked=True)
    yield Shown("rulebook", "/certification/programmes/openstack-powered")
    yield Shown("rulebook-absent", "/certification/programmes/none", status=404, is_odd_asked=False)
    yield Shown("applications", "/my/applications", "member", is_walked=True)
    yield Shown("applications-of-reviewer", "/my/applications", "reviewer", is_odd_asked=False)
    yield Shown("applications-of-none", "/my/applications", "user", site="empty", is_odd_asked=False)
    yield Shown("application-new", "/certification/applications/new?version={version_acme}", "member")
    yield Shown("application-new-of-nobody", "/certification/applications/new", "user", site="empty")
    at = "/certification/applications/{{application_{0}}}{1}"
    for state in ("draft", "empty", "submitted", "review", "waiting", "window", "refused", "overdue"):
        yield Shown(f"application-{state}", at.format(state, ""), "member", is_odd_asked=state == "draft")
    for state in ("review", "window", "refused"):
        is_walked = state == "review"
        yield Shown(f"room-{state}", at.format(state, ""), "reviewer", is_odd_asked=is_walked, is_walked=is_walked)
    yield Shown("application-of-others", at.format("review", ""), "user", status=404, is_odd_asked=False)
    yield Shown("application-edit", at.format("draft", "/edit"), "member", is_walked=True)
    yield Shown("application-submit", at.format("empty", "/submit"), "designate", is_odd_asked=False)
    yield Shown("application-submit-of-member", at.format("draft", "/submit"), "member", status=403, is_odd_asked=False)
    yield Shown("application-untimely", at.format("draft", "/grant"), "member", status=409, is_odd_asked=False)
    for role, state, event in (
        *(("reviewer", "review", event) for event in ("tick", "comment", "ask", "recommend")),
        *(("office", "review", event) for event in ("assign", "unassign", "propose", "return")),
        *(("office", "window", event) for event in ("grant", "refuse")),
        *(("member", "waiting", event) for event in ("answer",)),
        *(("designate", "review", event) for event in ("withdraw", "supersede")),
    ):
        yield Shown(f"application-{event}", at.format(state, f"/{event}"), role, is_odd_asked=False)


def cases() -> Iterator[Shown]:
    """Certificates from inside, cases, and what waits for the office."""
    held = "/certification/certificates/{{certificate_{0}}}{1}"
    for state in ("active", "suspended", "revoked"):
        yield Shown(f"desk-{state}", held.format(state, ""), is_odd_asked=state == "active")
    yield Shown("desk-of-office", held.format("active", ""), "office", is_odd_asked=False, is_walked=True)
    yield Shown("desk-of-designate", held.format("active", ""), "designate", is_odd_asked=False)
    yield Shown("desk-absent", "/certification/certificates/none", status=404, is_odd_asked=False)
    for role, event in (
        *(("office", event) for event in ("suspend", "narrow", "extend", "rename", "void-run", "propose-revocation")),
        *(("designate", event) for event in ("pause", "withdraw", "renew")),
    ):
        yield Shown(f"certificate-{event}", held.format("active", f"/{event}"), role, is_odd_asked=False)
    for kind in ("challenge", "grievance", "appeal", "waiver"):
        yield Shown(f"case-new-{kind}", f"/certification/cases/new/{kind}", "member", is_odd_asked=kind == "challenge")
        yield Shown(f"case-{kind}", f"/certification/cases/{{case_{kind}}}", "office", is_odd_asked=kind == "challenge")
    yield Shown("case-of-everybody", "/certification/cases/{case_challenge}", is_odd_asked=False)
    yield Shown("case-of-holder", "/certification/cases/{case_challenge}", "designate", is_odd_asked=False)
    yield Shown("case-of-others", "/certification/cases/{case_grievance}", status=404, is_odd_asked=False)
    for kind, role, event in (
        ("challenge", "office", "extend"),
        ("challenge", "designate", "cure"),
        ("appeal", "office", "seat"),
        ("waiver", "office", "put-in-force"),
        ("grievance", "office", "propose-flag"),
    ):
        yield Shown(f"case-{kind}-{event}", f"/certification/cases/{{case_{kind}}}/{event}", role, is_odd_asked=False)
    yield Shown("office-queue", "/office/queue", "office", is_walked=True)
    yield Shown("office-queue-mine", "/office/queue?mine=yes&state=in+review", "reviewer", is_odd_asked=False)
    yield Shown("office-queue-of-none", "/office/queue", "office", site="empty", is_odd_asked=False)
    yield Shown("office-queue-of-others", "/office/queue", "member", status=403, is_odd_asked=False)
    yield Shown("office-cases", "/office/cases", "office")


def register() -> Iterator[Shown]:
    """What everybody sees of certificates."""
    yield Shown("register", "/register", is_walked=True)
    yield Shown("register-of-none", "/register", site="empty", is_odd_asked=False)
    yield Shown("register-revoked", "/register?state=revoked&vendor=acme", is_odd_asked=False)
    yield Shown("register-of-nothing", "/register?q=nobody", is_odd_asked=False)
    public = "/certificates/{{certificate_{0}}}{1}"
    yield Shown("certificate", public.format("active", ""), has_data=False, is_walked=True)
    yield Shown("certificate-suspended", public.format("suspended", ""), has_data=False, is_odd_asked=False)
    yield Shown("certificate-unsigned", public.format("revoked", ""), has_data=False, is_odd_asked=False)
    yield Shown("certificate-results", public.format("active", "/tests"))
    yield Shown("certificate-absent", "/certificates/none", status=404, has_data=False, is_odd_asked=False)


def about() -> Iterator[Shown]:
    """What the programme's people see, and pages of words."""
    yield Shown("office", "/office", "office")
    yield Shown("orders", "/office/orders", "office", is_walked=True)
    yield Shown("orders-of-none", "/office/orders", "office", site="empty", is_odd_asked=False)
    yield Shown("orders-new", "/office/orders/new", "office", is_odd_asked=False)
    yield Shown("orders-of-vendor", "/vendors/{vendor_acme}/orders", "member", is_odd_asked=False)
    yield Shown("order", "/orders/{order_north}", "office")
    yield Shown("order-set-aside", "/orders/{order_south}", "office", is_odd_asked=False)
    yield Shown("order-hostile", "/orders/{order_hostile}", "office", is_odd_asked=False)
    yield Shown("order-of-others", "/orders/{order_acme}", "user", status=404, is_odd_asked=False)
    for name in ("cancel", "end", "aside"):
        yield Shown(f"order-{name}", f"/orders/{{order_north}}/{name}", "office", is_odd_asked=False)
    yield Shown("operator", "/operator", "operator", has_data=False)  # of this very moment
    for name in ("about", "api", "privacy", "accessibility", "verify"):
        yield Shown(name, f"/{name}", has_data=name == "verify", is_odd_asked=False)


TEST = "tempest.api.object_storage.test_container_acl.ObjectTestACLs.test_read_object_with_rights"
PAGES = (
    Shown("sign-in", "/sign-in", has_data=False),
    Shown("signed-in", "/sign-in", "user", has_data=False),
    Shown("parts", "/parts", has_data=False, is_walked=True),
    Shown("nowhere", "/no-such-page", status=404, has_data=False, is_odd_asked=False),
    *runs(),
    *guidelines(),
    *history(),
    *asked(),
    *own(),
    *vendors(),
    *certification(),
    *cases(),
    *register(),
    *about(),
)
"""All of them."""
