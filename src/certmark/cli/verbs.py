"""The table of verbs: one row each, whose module is imported when it is asked for."""

from __future__ import annotations

from typing import NamedTuple


class Verb(NamedTuple):
    """A verb: one line of help, and the module that does it."""

    summary: str
    module: str
    takes_words: bool = False
    """Whether words after it may be its own, though it has verbs of its own (`guideline score FILE`)."""


VERBS = {
    "demo": Verb("show the whole of it on a small real cloud of your own", "run.demo"),
    "judge": Verb("say whether results meet a program of a guideline, and why not", "verdict.judge"),
    "run": Verb("test a cloud with the right suite, judge it, put all on record", "run.run"),
    "resume": Verb("go on with a run that was interrupted or killed", "run.resume"),
    "rerun": Verb("run an earlier run's failed tests again, as further attempts", "run.rerun"),
    "runner": Verb("carry out a server's standing orders on this machine", "run.runner"),
    "runs": Verb("the runs on this machine, with their verdicts", "runs.list"),
    "runs show": Verb("what is known of a run", "runs.show"),
    "runs remove": Verb("remove runs from this machine", "runs.remove"),
    "cloud doctor": Verb("what would make a run fail on this cloud, before anything runs", "cloud.doctor"),
    "cloud discover": Verb("tempest.conf and accounts.yaml from what a cloud tells of itself", "cloud.discover"),
    "cloud accounts make": Verb("make the users that a run needs", "cloud.accounts_make"),
    "cloud accounts check": Verb(
        "sign in as each user of an accounts file, and say what is missing", "cloud.accounts_check"
    ),
    "cloud accounts delete": Verb("remove the users that were made, and nothing else", "cloud.accounts_delete"),
    "cloud leftovers": Verb("what a run left in the cloud, and its removal", "cloud.leftovers"),
    "guideline list": Verb("the programs and components of a guideline", "guideline.list"),
    "guideline show": Verb("the capabilities and tests of a guideline", "guideline.show"),
    "guideline tests": Verb("the tests that a suite must run for a program", "guideline.tests"),
    "guideline convert": Verb("into format 3, to schema 2.0, or back to what it was lifted from", "guideline.convert"),
    "guideline from-list": Verb("make a guideline of a list of tests", "guideline.from_list"),
    "guideline lint": Verb("what is wrong with guideline files, at file and line", "guideline.lint"),
    "guideline diff": Verb("what changed between two guidelines, in the words of the process", "guideline.diff"),
    "guideline impact": Verb("which clouds would break, or newly pass, if a draft were approved", "guideline.impact"),
    "guideline brief": Verb("who must do what by when, from one guideline to the next: one page", "guideline.brief"),
    "guideline checklist": Verb("what the lead of a project looks at, as boxes to tick", "guideline.checklist"),
    "guideline coverage": Verb(
        "a guideline against a suite: what exists, moved, vanished, is in no guideline", "guideline.coverage"
    ),
    "guideline score": Verb(
        "capabilities against the weighted criteria: totals, margins, what-if", "guideline.score", True
    ),
    "guideline score new": Verb(
        "a blank sheet for capabilities, with the evidence beside each mark", "guideline.score_new"
    ),
    "guideline score agree": Verb(
        "one sheet out of two: what is equal, and what somebody decides", "guideline.score_agree"
    ),
    "guideline new": Verb("an empty guideline to begin with", "guideline.new"),
    "guideline next": Verb("cut the next guideline, and its add-ons, from the ones before", "guideline.next"),
    "guideline approve": Verb("mark a draft as approved: by whom, when, where that is written", "guideline.approve"),
    "guideline supersede": Verb("mark a guideline as superseded by the two after it", "guideline.supersede"),
    "guideline flag": Verb("let a test not count, with reason and action", "guideline.flag"),
    "guideline unflag": Verb("let a flagged test of a draft count again", "guideline.unflag"),
    "guideline promote": Verb("make an advisory capability required", "guideline.promote"),
    "guideline demote": Verb("make a capability advisory again that this draft made required", "guideline.demote"),
    "guideline deprecate": Verb("announce that a capability will go", "guideline.deprecate"),
    "guideline remove": Verb("take a deprecated or advisory capability out", "guideline.remove"),
    "guideline add": Verb("add a capability from a saved gap report", "guideline.add"),
    "guideline rename": Verb("give a capability another key, wherever it stands", "guideline.rename"),
    "guideline section": Verb("put a project's designated section at a level", "guideline.section"),
    "guideline render": Verb("a static site of guidelines: HTML or Markdown, without a server", "guideline.render"),
    "guideline publish": Verb(
        "publish guidelines, signed, in a folder that any web server serves", "guideline.publish"
    ),
    "guideline fetch": Verb("fetch a published guideline, and check it before it is written", "guideline.fetch"),
    "guideline verify": Verb("whether a text is a published guideline, by whom, and still holds", "guideline.verify"),
    "guideline import-history": Verb(
        "every revision of the guidelines in a git repository, to judge old evidence by", "guideline.import_history"
    ),
    "results show": Verb("outcomes, slowest classes, failures by cause, attempts", "results.show"),
    "results diff": Verb("newly failing, fixed, new, gone and unstable tests between two runs", "results.diff"),
    "results convert": Verb("among report JSON, JUnit, subunit v2 and RefStack upload JSON", "results.convert"),
    "sandbox up": Verb("bring up a small real OpenStack cloud on this machine, to try things on", "sandbox.up"),
    "sandbox down": Verb("stop it; with --purge remove it", "sandbox.down"),
    "sandbox status": Verb("what of it runs and answers", "sandbox.status"),
    "sandbox env": Verb("the settings with which clients find it", "sandbox.env"),
    "sandbox logs": Verb("what its services wrote", "sandbox.logs"),
    "bundle show": Verb("what an evidence bundle is of", "bundle.show"),
    "bundle make": Verb("make a bundle of results that exist already", "bundle.make"),
    "bundle verify": Verb("whether a bundle is whole and consistent, and gives its verdict again", "bundle.verify"),
    "bundle preview": Verb("exactly what would leave this machine with a run's bundle", "bundle.preview"),
    "bundle accept": Verb("say openly that what refuses a run's bundle is no secret", "bundle.accept"),
    "bundle reveal": Verb("show a reviewer what was removed from a bundle, so that they can check it", "bundle.reveal"),
    "login": Verb("sign in at a server, and keep the token for it", "remote.login"),
    "logout": Verb("keep the token for a server no longer", "remote.logout"),
    "submit": Verb("send results to a server, which keeps and judges them", "remote.submit"),
    "remote list": Verb("your runs on a server", "remote.listing"),
    "remote query": Verb("the shared runs on a server for which a query holds, and how many", "remote.query"),
    "remote show": Verb("the verdict on a run that a server has, as judge prints it", "remote.showing"),
    "remote results": Verb("every test of a run that a server has", "remote.results"),
    "remote diff": Verb("what changed between two runs that a server has", "remote.diff"),
    "remote verify": Verb("fetch a run with its attestation, and check both here", "remote.verify"),
    "remote get": Verb("fetch what a server has of a run", "remote.get"),
    "remote log": Verb("copy a server's log, to look through it", "remote.log"),
    "remote delete": Verb("have a server forget a run of yours", "remote.delete"),
    "refstack-client test": Verb(
        "test a cloud by a tempest.conf and a list, as refstack-client did", "refstack.testing"
    ),
    "refstack-client upload": Verb("send JSON that was saved of a run to RefStack, or to us", "refstack.upload"),
    "refstack-client upload-subunit": Verb("send the passed tests of a stream there", "refstack.upload_subunit"),
    "refstack-client list": Verb("the results that such a server shows to everybody", "refstack.listing"),
    "refstack-client sign": Verb("what registers an RSA key at RefStack", "refstack.signing"),
    "refstack-client config": Verb("tempest.conf from what a cloud tells, by the old words", "refstack.config"),
    "sign": Verb("sign a bundle's report: who says what was tested, how, and with which result", "trust.sign"),
    "verify": Verb("check a signed report step by step, offline", "trust.verify"),
    "replay": Verb("judge old evidence under any guideline or policy, and show what changes", "verdict.replay"),
    "key new": Verb("make a key to sign with", "trust.key_new"),
    "key show": Verb("the public half of a key, its id and its line for allowed signers", "trust.key_show"),
    "key list": Verb("the keys at hand, also those of ssh-agent", "trust.key_list"),
    "waivers sign": Verb("approve a file of waivers with a signature", "trust.waivers_sign"),
    "waivers show": Verb("what waivers excuse, until when, and who approved them", "trust.waivers_show"),
    "trust add": Verb("trust a programme from now on, by the fingerprint of its trust document", "trust.trust_add"),
    "trust update": Verb("get the newest edition of what a programme trusts and revoked", "trust.trust_update"),
    "trust list": Verb("the programmes that are trusted on this machine", "trust.trust_list"),
    "trust show": Verb("whom and what a programme's trust document trusts", "trust.trust_show"),
    "trust remove": Verb("trust a programme no longer", "trust.trust_remove"),
    "trust new": Verb("a draft of a trust document, for an office to fill in", "trust.trust_new"),
    "trust sign": Verb("sign a trust document or a list of revocations, for an office", "trust.trust_sign"),
    "trust revoke": Verb("write the next list of revocations, and sign it", "trust.trust_revoke"),
    "log new": Verb("begin a log that puts attestations on record", "log.new"),
    "log append": Verb("put attestations on record and give receipts", "log.append"),
    "log checkpoint": Verb("the signed state of a log, with what witnesses put under it", "log.checkpoint"),
    "log prove": Verb("receipts again under the last checkpoint; what a witness wants to see", "log.prove"),
    "log audit": Verb("whether a log is whole, and all that was signed of it holds", "log.audit"),
    "log witness": Verb("cosign a log that only grew since it was last seen", "log.witness"),
    "suite fetch": Verb("download a suite, for a machine without a package index", "suite.fetch"),
    "completion": Verb("a script with which a shell completes what is typed", "shell.completion"),
}
