"""Saved queries: a short address that leads to the search, and its feed."""

from __future__ import annotations

from starlette.responses import Response

from certmark.server.api.v2.subscriptions import query_body
from certmark.server.asking import TokenScope
from certmark.server.services import queries, questions
from certmark.server.services.context import Services
from certmark.server.services.queries import SavedQuery
from certmark.server.services.questions import Question
from certmark.server.web.desk import known
from certmark.server.web.handling import check_form
from certmark.server.web.pages import elsewhere
from certmark.server.web.requests import PageRequest
from certmark.server.web.search import feed_of, runs_of
from certmark.server.web.site import PageRoute, Shown


def _show(services: Services, asked: PageRequest) -> Shown | Response:
    found = queries.show(services, str(asked.request.path_params["short"]))
    if asked.form_wanted == "html":
        return elsewhere(address_of(asked, found))
    shown = Shown("refusal.html.j2", "A saved query", query_body(found))
    if asked.form_wanted == "json":
        return shown
    title = f"Runs: {found.question.query or 'all'}"
    runs = runs_of(questions.ask(services, asked.asker, found.question), None)
    return shown._replace(feed=feed_of(title, runs, f"/queries/{found.short}"))


def address_of(asked: PageRequest, found: SavedQuery) -> str:
    """The search that a saved query stands for."""
    question = found.question
    said = {"q": question.query, "guideline": question.guideline, "program": question.program}
    return asked.url("/search", **(dict(found.more) | said))


def _save(services: Services, asked: PageRequest) -> Response:
    check_form(asked)
    form = asked.form
    question = Question(form.get("q", ""), form.get("guideline") or None, form.get("program") or None)
    return elsewhere(address_of(asked, queries.save(services, asked.asker, question, {})))


PAGES = (
    PageRoute("/queries/{short}", _show, forms=("json", "atom")),
    PageRoute("/queries", known(_save, TokenScope.READ), method="POST"),
)
