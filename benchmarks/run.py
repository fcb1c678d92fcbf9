"""The whole of `certmark run` against `tempest run --load-list`, on one cloud, with one configuration.

    certmark sandbox up --folder DIR
    OS_CLIENT_CONFIG_FILE=DIR/clouds.yaml python benchmarks/run.py --tempest ENVIRONMENT --guideline FILE -p object

Both get the same tests, configuration and concurrency, in turn; medians of several pairs. Each has
its lists and timings from an unmeasured first run (certmark's list cache and timings, stestr's times.dbm);
`--cold` forgets them before every run. Wall time is what a person waits for.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

CERTMARK = Path(sys.executable).with_name("certmark")


def main() -> None:
    """Measure, and print a table."""
    args = arguments()
    home = Path(tempfile.mkdtemp(prefix="certmark-bench-"))
    env = {**os.environ, "CERTMARK_HOME": str(home / "state"), "CERTMARK_CACHE": str(home / "cache")}
    first = certmark(args, home, env)
    workspace = prepare(home, first)
    tempest(args, workspace, home)
    ours: list[Took] = []
    theirs: list[Took] = []
    for number in range(args.pairs):
        if args.cold:
            shutil.rmtree(home / "cache", ignore_errors=True)
            (workspace / ".stestr" / "times.dbm").unlink(missing_ok=True)
        for mine in (True, False) if number % 2 == 0 else (False, True):
            if mine:
                ours.append(timed(lambda: certmark(args, home, env)))
            else:
                theirs.append(timed(lambda: tempest(args, workspace, home)))
        print(f"pair {number + 1}: certmark run {ours[-1]}, tempest run {theirs[-1]}", flush=True)
    ratios = [mine.wall / other.wall for mine, other in zip(ours, theirs, strict=True)]
    print(
        f"median: certmark run {statistics.median(took.wall for took in ours):.1f} s, "
        f"tempest run {statistics.median(took.wall for took in theirs):.1f} s; "
        f"ratio {statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f}), {args.pairs} pairs, "
        f"{args.workers} workers, {'cold' if args.cold else 'warm'}"
    )
    shutil.rmtree(home)


def arguments() -> argparse.Namespace:
    """What to measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--os-cloud", default="certmark-sandbox")
    parser.add_argument("--tempest", required=True, help="an environment with Tempest")
    parser.add_argument("--guideline", required=True)
    parser.add_argument("-p", "--program", required=True)
    parser.add_argument("-j", dest="workers", type=int, default=2)
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--cold", action="store_true")
    return parser.parse_args()


class Took(NamedTuple):
    """What a command took."""

    wall: float
    cpu: float
    """Of the command and all its processes; the cloud's is not in it."""

    def __str__(self) -> str:
        return f"{self.wall:.1f} s ({self.cpu:.1f} s of CPU)"


def timed(what: Callable[[], object]) -> Took:
    """What `what` took."""
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    what()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Took(time.monotonic() - began, cpu)


def certmark(args: argparse.Namespace, home: Path, env: dict[str, str]) -> Path:
    """The whole command; gives the run's folder."""
    folder = Path(tempfile.mkdtemp(dir=home))
    words = [
        str(CERTMARK), "run", "--os-cloud", args.os_cloud, "-g", args.guideline, "-p", args.program,
        "--tempest", args.tempest, "-j", str(args.workers), "--folder", str(folder), "--quiet",
    ]  # fmt: skip
    told = subprocess.run(words, env=env, capture_output=True, text=True, check=False)
    if told.returncode not in {0, 1, 4}:
        sys.exit(f"certmark run ended with {told.returncode}: {told.stderr}")
    return folder


def prepare(home: Path, run: Path) -> Path:
    """A workspace for `tempest run`, with the configuration and the list of the run in `run`."""
    workspace = home / "workspace"
    (workspace / "etc").mkdir(parents=True)
    for name in ("tempest.conf", "accounts.yaml"):
        source = run / "suite" / name
        if source.exists():
            text = source.read_text(encoding="utf-8").replace(str(run / "suite"), str(workspace / "etc"))
            (workspace / "etc" / name).write_text(text, encoding="utf-8")
    (workspace / "etc" / "locks").mkdir()
    shutil.copy(run / "suite" / "tests.txt", workspace / "tests.txt")
    (workspace / ".stestr.conf").write_text(
        "[DEFAULT]\ntest_path=./tempest/test_discover\ngroup_regex=([^\\.]*\\.)*\n", encoding="utf-8"
    )
    return workspace


def tempest(args: argparse.Namespace, workspace: Path, home: Path) -> None:
    """The whole command, as a person gives it today."""
    environment = Path(args.tempest).absolute()
    package = next(environment.glob("lib/python*/site-packages/tempest"))
    conf = (workspace / ".stestr.conf").read_text(encoding="utf-8")
    conf = conf.replace("./tempest/test_discover", str(package / "test_discover"))
    if "top_dir" not in conf:
        conf += f"top_dir={package.parent}\n"
    (workspace / ".stestr.conf").write_text(conf, encoding="utf-8")
    words = [
        str(environment / "bin" / "tempest"), "run", "--load-list", "tests.txt", "--concurrency", str(args.workers),
    ]  # fmt: skip
    env = {name: value for name, value in os.environ.items() if not name.startswith("OS_")}
    env |= {"TEMPEST_CONFIG_DIR": str(workspace / "etc"), "TEMPEST_CONFIG": "tempest.conf", "HOME": str(home)}
    env["PATH"] = f"{environment / 'bin'}:{env['PATH']}"
    if not (workspace / ".stestr").exists():
        subprocess.run(
            [str(environment / "bin" / "stestr"), "init"], cwd=workspace, env=env, check=True, capture_output=True
        )
    told = subprocess.run(words, cwd=workspace, env=env, capture_output=True, text=True, check=False)
    if " - Passed: " not in told.stdout:
        sys.exit(f"tempest run ended with {told.returncode}: {told.stdout[-2000:]}{told.stderr[-2000:]}")


if __name__ == "__main__":
    main()
