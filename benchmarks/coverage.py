"""What `certmark guideline coverage` costs: against a saved survey, and against an installed Tempest.

Goals: less than 0.5 s of CPU against a saved survey or list, gap report and HTML page included; against an
installed suite the first time at most three times one listing of that suite whose modules are compiled
(the survey imports the same modules, then parses their source), afterwards what a saved survey costs.
Tempest is installed into the usual cache first, where it is not there yet.
"""

from __future__ import annotations

import os
import tempfile
from functools import partial
from pathlib import Path

from certmark.places import cache_home
from certmark.runner.suites import install, load_suite
from processes import ROOT, Cost, certmark, in_turn, run

GOAL = 0.5
SURVEY = ROOT / "tests" / "assets" / "survey" / "tempest-47.0.0.json.gz"
LIST = ROOT / "tests" / "assets" / "tempest-47.0.0-tests.txt.gz"
LISTER = ROOT / "src" / "certmark" / "runner" / "in_suite" / "lister_main.py"
SURVEYOR = ROOT / "src" / "certmark" / "runner" / "in_suite" / "survey_main.py"


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        saved = in_turn(_saved(folder), rounds=5)
        for name, cost in saved.items():
            print(f"{name:<48} {cost.cpu:6.3f} s CPU  {cost.peak >> 20:4} MB  (goal {GOAL} s)")
        _installed(folder)


def _saved(folder: Path) -> dict[str, partial[Cost]]:
    coverage = certmark("guideline", "coverage", "2026.11", "--quiet", "--list")
    page = [*coverage, str(SURVEY), "--gaps", "-f", "html", "-o", str(folder / "page.html")]
    return {
        "against a saved survey": partial(run, [*coverage, str(SURVEY)]),
        "against a listing": partial(run, [*coverage, str(LIST)]),
        "against a saved survey, with gaps": partial(run, [*coverage, str(SURVEY), "--gaps"]),
        "against a saved survey, with gaps, as HTML": partial(run, page),
    }


def _installed(folder: Path) -> None:
    suite = install(load_suite("tempest"), None, cache=Path(cache_home()), wheels=None, on_event=lambda _: None)
    (folder / "tempest.conf").touch()
    # As the runner starts both: an empty configuration, no setting of the person's.
    os.environ.update(TEMPEST_CONFIG_DIR=str(folder), TEMPEST_CONFIG="tempest.conf")
    answer, modules = str(folder / "answer"), list(suite.suite.load)
    programs = {name: [str(suite.python), str(path), answer, *modules] for name, path in _PROGRAMS.items()}
    costs = in_turn({name: partial(run, command, cwd=folder) for name, command in programs.items()}, rounds=3)
    for name, cost in costs.items():
        print(f"{name:<48} {cost.cpu:6.2f} s CPU  {cost.peak >> 20:4} MB")
    print(f"{'survey / listing':<48} {costs['one survey'].cpu / costs['one listing'].cpu:6.2f} x     (goal 3 x)")
    again = certmark("guideline", "coverage", "2026.11", "--quiet")
    print(
        f"{'against the installed suite, kept':<48} {in_turn({'': partial(run, again)}, rounds=3)[''].cpu:6.3f} s CPU"
    )


_PROGRAMS = {"one listing": LISTER, "one survey": SURVEYOR}

if __name__ == "__main__":
    main()
