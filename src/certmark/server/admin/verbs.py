"""The verbs of `certmark-server`, in the order of its help.

A verb's module has its help as docstring, `declare(parser)` for its own arguments, and
`run(settings, given) -> ServerExit`. Only the module of the verb that was asked for is imported.
"""

from __future__ import annotations

from typing import NamedTuple


class ServerVerb(NamedTuple):
    """A row of the table."""

    module: str
    """Below `certmark.server.admin`."""
    summary: str


VERBS = {
    "serve": ServerVerb("serve", "answer programs and people"),
    "worker": ServerVerb("worker", "do work outside of requests, beside any number of others"),
    "migrate": ServerVerb("migrate", "bring the tables of the database to this version"),
    "doctor": ServerVerb("doctor", "say what would fail, before it does"),
    "backup": ServerVerb("backup", "write everything into a new folder, from which `restore` brings it back"),
    "restore": ServerVerb("restore", "bring a backup back into an empty database and store"),
    "export": ServerVerb("export", "write one SQLite file and the evidence, from which another server starts"),
    "import refstack": ServerVerb("import_refstack", "take over a RefStack server, from its database or a dump"),
    "verify-store": ServerVerb("verify_store", "compute digests, outcomes and verdicts again"),
    "account list": ServerVerb("account_list", "list people who sign in"),
    "account add": ServerVerb("account_add", "make an account for somebody who has not signed in yet"),
    "account sign-out": ServerVerb("account_sign_out", "end every session, token and publisher of somebody"),
    "account join": ServerVerb("account_join", "have one account take the place of another"),
    "token new": ServerVerb("token_new", "make an upload token"),
    "token list": ServerVerb("token_list", "list upload tokens"),
    "token revoke": ServerVerb("token_revoke", "end an upload token"),
    "office put": ServerVerb("office_put", "give somebody roles in the programme"),
    "office list": ServerVerb("office_list", "list everybody with a role in the programme"),
    "designate appoint": ServerVerb("designate_appoint", "appoint who commits a vendor"),
    "order new": ServerVerb("order_new", "have a cloud tested again and again by a runner"),
    "order list": ServerVerb("order_list", "list standing orders, and what they came to last"),
    "guidelines add": ServerVerb("guidelines_add", "judge by the guidelines of a source from now on"),
    "guidelines list": ServerVerb("guidelines_list", "list sources of guidelines, and what was wrong with each"),
    "guidelines refresh": ServerVerb("guidelines_refresh", "look for new revisions in every source, now"),
    "programmes list": ServerVerb("programmes_list", "list the programmes that certify here, and their rulebooks"),
    "programmes show": ServerVerb("programmes_show", "print the document of a programme, to begin another one with"),
    "jobs list": ServerVerb("jobs_list", "list work outside of requests, and what went wrong with it"),
    "retention list": ServerVerb("retention_list", "list private runs that are deleted next for their age"),
    "audit list": ServerVerb("audit_list", "list who changed what, and when"),
}
