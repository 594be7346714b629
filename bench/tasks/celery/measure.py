"""Prints what `bench/tasks/main.rs` prints, for Celery: one line for each figure, its name, a tab, its value."""

import os
import subprocess
import sys
import time
from datetime import datetime

from app import app, noop

BACKLOG = 20_000
SINGLES = 2_000
IDLE = 200
PROCESSES = "2"
# Between two looks, which cost Redis time. The figures are not taken from them.
TICK_SECS = 0.25
# The longest that a result is waited for.
PATIENCE_SECS = 120


def figure(what, value):
    print(f"{what}\t{value}", flush=True)


def start_worker():
    command = [sys.executable, "-m", "celery", "-A", "app", "worker", "--concurrency", PROCESSES]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def wait_for_all(results, worker):
    """Until all results are stored. Returns them."""
    keys = [app.backend.get_key_for_task(result.id) for result in results]
    deadline = time.monotonic() + PATIENCE_SECS
    while app.backend.client.llen("celery") > 0 or app.backend.client.exists(*keys) < len(keys):
        if worker.poll() is not None or time.monotonic() > deadline:
            sys.exit("the worker does not work off its backlog")
        time.sleep(TICK_SECS)
    return [app.backend.decode_result(meta) for meta in app.backend.client.mget(keys)]


def time_of_all(metas):
    """From the start of the first task to the storing of the last result: by what stands in the results."""
    if any(meta["status"] != "SUCCESS" for meta in metas):
        sys.exit("a task has failed")
    begun = min(meta["result"] for meta in metas)
    ended = max(datetime.fromisoformat(meta["date_done"]).timestamp() for meta in metas)
    return ended - begun


def peak_memory_mb(pid):
    """The most that the worker and the processes that it has forked have had, each."""
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        children = file.read().split()
    total_kb = 0
    for process in [str(pid), *children]:
        with open(f"/proc/{process}/status") as file:
            total_kb += sum(int(line.split()[1]) for line in file if line.startswith("VmHWM:"))
    return total_kb / 1024


def idle_waits_ms():
    """From before the message is sent, for there is no commit, to the start."""
    for _ in range(IDLE):
        time.sleep(0.02)
        begun = time.time()
        yield (noop.delay().get(timeout=PATIENCE_SECS) - begun) * 1000


def main():
    begun = time.monotonic()
    results = [noop.delay() for _ in range(SINGLES)]
    figure("enqueued one by one per second", f"{SINGLES / (time.monotonic() - begun):.0f}")
    results += [noop.delay() for _ in range(BACKLOG - SINGLES)]

    # Not before all of the backlog is there.
    worker = start_worker()
    try:
        secs = time_of_all(wait_for_all(results, worker))
        figure("executed per second", f"{BACKLOG / secs:.0f}")
        figure("most memory of the worker (MB)", f"{peak_memory_mb(worker.pid):.1f}")
        waits_ms = sorted(idle_waits_ms())
        figure("idle, other process, p50 (ms)", f"{waits_ms[IDLE // 2]:.1f}")
        figure("idle, other process, p99 (ms)", f"{waits_ms[IDLE * 99 // 100]:.1f}")
    finally:
        worker.terminate()
        worker.wait()


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    main()
