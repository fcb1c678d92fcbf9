"""Runs a fuzz target: guided by coverage where atheris is installed, else by plain random mutation.

A target is a function of bytes that raises for a fault and for nothing else. A faulty input is
written to `out/fuzz/crashes` (or `--crashes`) and named, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.util
import random
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

Target = Callable[[bytes], None]

ROOT = Path(__file__).resolve().parent.parent
_LONGEST = 200_000
_SLOW = 10
"""Seconds that one input may take; every input is small."""
_MUCH = 200 << 20
"""Bytes of memory that the process may have at most."""
_PIECES = (
    b"\0",
    b"\xff" * 4,
    b"\xb3\x29",
    b"\n",
    b"<",
    b">",
    b"]]>",
    b"[",
    b"{",
    b'"',
    b"&#0;",
    b"9" * 40,
    b"-1",
    b"null",
)


def watch(*modules: str) -> None:
    """Import `modules` and what they import so that atheris sees every branch; before anything else imports them."""
    if importlib.util.find_spec("atheris"):
        import atheris

        with atheris.instrument_imports(include=["certmark"]):
            for module in modules:
                importlib.import_module(module)


def demand_sentence(said: object, longest: int) -> None:
    """Raises where a refusal is not one line of at most `longest` characters."""
    text = str(said)
    if "\n" in text or len(text) > longest:
        raise AssertionError(f"no sentence: {text}")


def main(target: Target, seeds: Sequence[bytes]) -> int:
    """Fuzz `target` as the command line says, beginning with `seeds`."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0, help="how long (default: 30)")
    parser.add_argument("--inputs", type=int, default=None, metavar="N", help="no more than so many")
    parser.add_argument("--seed", type=int, default=None, help="of the random numbers; printed, to repeat a run")
    parser.add_argument("--plain", action="store_true", help="plain mutation, also where atheris is installed")
    parser.add_argument(
        "--crashes", type=Path, default=ROOT / "out" / "fuzz" / "crashes", help="where faulty inputs go"
    )
    args = parser.parse_args()
    if not args.plain and importlib.util.find_spec("atheris"):
        return _guided(target, seeds, args.seconds, args.inputs, args.crashes)
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(2**32)
    return _plain(target, seeds, _Bounds(args.seconds, args.inputs), seed, args.crashes)


class _Bounds(NamedTuple):
    """When to stop."""

    seconds: float
    inputs: int | None


def _plain(target: Target, seeds: Sequence[bytes], bounds: _Bounds, seed: int, crashes: Path) -> int:
    choices = random.Random(seed)  # noqa: S311 - to be repeated, not to be secret
    pool = [data[:_LONGEST] for data in seeds]
    end, count, slowest = time.monotonic() + bounds.seconds, 0, 0.0
    signal.signal(signal.SIGALRM, _hang)
    _say(f"{len(pool)} seeds, {bounds.seconds:g} s, --seed {seed}")
    while time.monotonic() < end and (bounds.inputs is None or count < bounds.inputs):
        data = pool[count] if count < len(pool) else _mutated(choices, pool)
        began = time.process_time()
        signal.alarm(6 * _SLOW)  # on a busy machine the processor's time is what counts
        try:
            target(data)
            slowest = max(slowest, time.process_time() - began)
            _check(time.process_time() - began)
        except Exception:  # noqa: BLE001 - whatever escapes is what is looked for
            return _found(data, crashes)
        finally:
            signal.alarm(0)
        count += 1
    _say(f"{count} inputs, no fault; the slowest took {slowest:.2f} s, memory {_memory() >> 20} MiB at most")
    return 0


def _hang(*_: object) -> None:
    raise TimeoutError("it hangs")


def _check(seconds: float) -> None:
    if seconds > _SLOW:
        raise TimeoutError(f"took {seconds:.1f} s")
    if _memory() > _MUCH:
        raise MemoryError(f"took {_memory() >> 20} MiB")


def _memory() -> int:
    """The most memory that this process has had, in bytes; 0 where the system does not say."""
    # Not getrusage: Linux counts what the process had from which this one was started.
    status = Path("/proc/self/status")
    found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text(encoding="ascii")) if status.exists() else None
    return int(found[1]) << 10 if found else 0


def _mutated(choices: random.Random, pool: Sequence[bytes]) -> bytes:
    """One of `pool` with a few faults in it."""
    data = bytearray(choices.choice(pool))
    for _ in range(choices.choice((1, 1, 2, 4, 16))):
        at = choices.randrange(len(data) + 1)
        size = choices.choice((1, 2, 8, 60, 1_000))
        match choices.randrange(6):
            case 0 if at < len(data):
                data[at] ^= 1 << choices.randrange(8)
            case 1:
                del data[at : at + size]
            case 2:
                data[at:at] = data[at : at + size]
            case 3:
                data[at:at] = choices.choice(_PIECES)
            case 4:
                other = choices.choice(pool)
                start = choices.randrange(len(other) + 1)
                data[at : at + size] = other[start : start + size]
            case _:
                data[at : at + size] = choices.randbytes(min(size, 60))
    return bytes(data[:_LONGEST])


def _found(data: bytes, crashes: Path) -> int:
    crashes.mkdir(parents=True, exist_ok=True)
    path = crashes / hashlib.sha256(data).hexdigest()[:16]
    path.write_bytes(data)
    traceback.print_exc()
    _say(f"a fault; the input is in {path}")
    return 1


def _guided(target: Target, seeds: Sequence[bytes], seconds: float, inputs: int | None, crashes: Path) -> int:
    import atheris

    corpus = crashes.parent / "corpus"
    for folder in (corpus, crashes):
        folder.mkdir(parents=True, exist_ok=True)
    for data in seeds:
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data[:_LONGEST])
    options = [f"-max_total_time={round(seconds)}", f"-timeout={_SLOW}", f"-artifact_prefix={crashes}/"]
    options += [f"-rss_limit_mb={2 * _MUCH >> 20}", *([] if inputs is None else [f"-runs={inputs}"])]
    atheris.Setup([sys.argv[0], *options, f"-max_len={_LONGEST}", str(corpus)], target)
    atheris.Fuzz()  # exits by itself
    return 0


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
