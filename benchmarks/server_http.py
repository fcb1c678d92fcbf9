"""The server as a process: its start, a run's summary at 32 connections, and large evidence beside `judge`.

`python benchmarks/server_http.py [REQUESTS]`. The server is the real command on SQLite. Threads of this process ask for
one run over connections that stay open; the evidence is the large stream of `streams.py` (20,000 tests, 300 MB).
Of a busy machine take the CPU, not the times: `p99` is of use where nothing else runs. Goals: an answer within a second
of the start; p99 15 ms at 32 connections; 300 MB in at most 60 MB of the process that answers beyond what it has at
rest, in at most twice the CPU of `judge`.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlencode

from processes import BIN, CACHE, ROOT, run
from streams import SIZES, write

sys.path.insert(0, str(ROOT / "tests"))
from support.server_process import ServerProcess

GUIDELINE, PROGRAM = "2026.11", "object"
LARGE = CACHE / "large.subunit"
CONNECTIONS = (1, 32)


def main(requests: int) -> None:
    """Measure and print."""
    if not LARGE.exists():
        LARGE.parent.mkdir(parents=True, exist_ok=True)
        write(SIZES["large"], LARGE)
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        data = Path(name) / "data"
        ServerProcess(data, {}).stop()  # the tables are made
        start = time.perf_counter()
        server = ServerProcess(data, {})
        print(f"start to the first answer: {time.perf_counter() - start:.2f} s, {cpu(server):.2f} s of CPU")
        example = (ROOT / "examples" / "object-storage-pass.subunit").read_bytes()
        identity = sent(server, "example", example)
        for number in CONNECTIONS:
            summary(server, identity, number, requests)
        evidence(server)
        server.stop()


def sent(server: ServerProcess, name: str, content: bytes) -> str:
    """The run of an upload."""
    query = urlencode({"name": name, "guideline": GUIDELINE, "program": PROGRAM})
    status, body = server.ask("POST", f"/api/v2/runs?{query}", content)
    assert status == 201, body  # noqa: S101 - a benchmark
    return str(json.loads(body)["id"])


def summary(server: ServerProcess, identity: str, connections: int, requests: int) -> None:
    """What one run's summary costs."""
    times: list[float] = []

    def ask() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        for _ in range(requests // connections):
            begin = time.perf_counter()
            connection.request("GET", f"/api/v2/runs/{identity}")
            connection.getresponse().read()
            times.append(time.perf_counter() - begin)

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    start = cpu(server)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    each = (cpu(server) - start) / len(times)
    times.sort()
    middle, late = times[len(times) // 2], times[len(times) * 99 // 100]
    print(
        f"a summary, {connections} connections: {each * 1e6:.0f} us of CPU,"
        f" p50 {middle * 1e3:.1f} ms, p99 {late * 1e3:.1f} ms"
    )


def evidence(server: ServerProcess) -> None:
    """Large evidence, until it is read and judged."""
    before, start = memory(server), cpu(server, with_children=True)
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    query = urlencode({"name": "large", "guideline": GUIDELINE, "program": PROGRAM})
    with LARGE.open("rb") as file:
        connection.request("POST", f"/api/v2/runs?{query}", file, {"Content-Length": str(LARGE.stat().st_size)})
        run_ = json.loads(connection.getresponse().read())
    while run_["state"] == "received":
        time.sleep(0.2)
        run_ = json.loads(server.ask("GET", f"/api/v2/runs/{run_['id']}")[1])
    cost = cpu(server, with_children=True) - start
    judge = run([str(BIN / "certmark"), "judge", str(LARGE), "-g", GUIDELINE, "-p", PROGRAM]).cpu
    size = LARGE.stat().st_size >> 20
    print(f"{size} MB of evidence, {run_['state']}: {(memory(server) - before) >> 20} MB more than {before >> 20} MB,")
    print(f"  {cost:.2f} s of CPU, {cost / judge:.2f} times `judge` ({judge:.2f} s)")


def cpu(server: ServerProcess, *, with_children: bool = False) -> float:
    """Seconds of CPU of the process, perhaps with those that read for it."""
    pid = server.process.pid
    wanted = [Path(f"/proc/{pid}")]
    if with_children:
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                is_child = int(stat.read_text().rpartition(")")[2].split()[1]) == pid
            except OSError:
                continue
            wanted += [stat.parent] if is_child else []
    return sum(map(_seconds, wanted))


def _seconds(process: Path) -> float:
    tasks = (task / "schedstat" for task in (process / "task").iterdir())
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def memory(server: ServerProcess) -> int:
    """Bytes of memory of the process at the most, so far."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) << 10


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 6400)
