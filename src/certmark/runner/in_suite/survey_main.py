"""Executed by the suite's interpreter: writes what the suite's own code says of each of its tests.

    python survey_main.py OUTPUT MODULE...

MODULEs are those of lister_main. OUTPUT becomes a JSON object: `tests`, in the shape of
formats/surveys, and `errors` of modules that could not be imported. Classes are imported for their
attributes and ids and their source is read; no test is run.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path


def main(output: str, modules: list[str]) -> None:
    """Survey the tests of `modules` into the file `output`."""
    # Modules in and beside this folder have names such as `schedule` and `source`; no suite may find those.
    here = Path(__file__).resolve().parent
    others = [place for place in sys.path if Path(place).resolve() not in {here, here.parent}]
    sys.path[:] = [str(here.parent), *others]
    program = importlib.import_module("in_suite.survey")
    sys.path[:] = others
    program.write_survey(output, modules)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
