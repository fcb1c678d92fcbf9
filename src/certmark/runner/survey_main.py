"""Executed by the suite's interpreter: writes what the suite's own code says of each of its tests.

    python survey_main.py OUTPUT MODULE...

MODULEs are those of lister_main. OUTPUT becomes a JSON object: `tests`, in the shape of
formats/surveys, and `errors` of modules that could not be imported. Classes are imported for their
attributes and ids and their source is read; no test is run.
"""

from __future__ import annotations

import importlib
import os
import sys


def main(output: str, modules: list[str]) -> None:
    """Survey the tests of `modules` into the file `output`."""
    # Modules beside this file have names such as `schedule`; no suite may find those.
    here = os.path.dirname(os.path.abspath(__file__))
    others = [place for place in sys.path if os.path.abspath(place) != here]
    sys.path[:] = [here, *others]
    program = importlib.import_module("inside.survey")
    sys.path[:] = others
    program.write_survey(output, modules)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
