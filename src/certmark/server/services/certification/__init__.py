"""What people do with applications, certificates and cases: one function for each, one transaction each.

Every transition is `steps.take(services, asker, place, id, event, values, revision)`; the three modules below wrap it.
`values` are those of the step's `fields` (`possible` of what is shown says which steps and fields there are).

applications
    draft(services, asker, NewApplication)              begin one (a member)
    edit(services, asker, id, DraftChange, revision)    change a draft, or what was returned
    what_is_missing(services, asker, id)                the machine checks, item by item, as of now
    take(services, asker, id, event, values, revision)  submit, complete, assign, ask, answer, recommend, grant …
    show, by_number(services, asker, id | number)       the application, and the steps that are possible
    room(services, asker, id)                           checks, verdicts recomputed, events, rulebook, what is revealed
    changes_since(services, asker, id)                  what is otherwise than in the product's last certificate
    past(services, asker, id)                           what happened, as far as who asks may know
    queue(services, asker, QueueFilter)                 what must happen, the most overdue first
    listed(services, asker, vendor= | version=)         pages, the newest first
    assigned(services, asker)                           those that who asks is to review
    reveal(services, asker, id, run, envelope)          show masked values to its reviewers until it is decided
    revealed(services, asker, id)                       what is revealed to who asks
    certificate_of(services, asker, id)                 what came of it

certificates
    show, by_number, past, listed(vendor= | product= | programme=)
    standing_in(services, transaction, row, moment)     what it is worth at a moment
    take(…)                                             suspend, reinstate, narrow, extend, rename, withdraw, revoke …
    renew(services, asker, id, guideline)               a draft that says again what was said before

cases
    file(services, asker, kind, CaseSubject, values)    a challenge, grievance, appeal, or request for a waiver
    raise_concern, settle_concerns(services, transaction, …)   by what is found in later runs
    show, by_number, past, take, queue, listed(kind= | vendor= | certificate= | application= | product= | test=)
    finding.waivers_in_force(services, product)         waivers that hold now

clock
    run_clock(services)                                 everything of which the day has come
"""
