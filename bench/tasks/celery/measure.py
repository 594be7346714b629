"""Prints what `bench/tasks/main.rs` prints, for Celery: one line for each figure, its name, a tab, its value."""

import os
import subprocess
import sys
import time

from app import app, noop

BACKLOG = 5_000
SINGLES = 2_000
IDLE = 200
PROCESSES = "2"


def rate(what, count, secs):
    print(f"{what}\t{count / secs:.0f}", flush=True)


def start_worker():
    command = [sys.executable, "-m", "celery", "-A", "app", "worker", "--concurrency", PROCESSES]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def finished(results):
    return app.backend.client.exists(*(app.backend.get_key_for_task(result.id) for result in results))


def memory_mb(pid):
    """The worker and the processes that it has forked."""
    children = open(f"/proc/{pid}/task/{pid}/children").read().split()
    total_kb = 0
    for process in [str(pid), *children]:
        for line in open(f"/proc/{process}/status"):
            if line.startswith("VmRSS:"):
                total_kb += int(line.split()[1])
    return total_kb / 1024


def main():
    begun = time.monotonic()
    results = [noop.delay() for _ in range(SINGLES)]
    rate("enqueued one by one per second", SINGLES, time.monotonic() - begun)
    results += [noop.delay() for _ in range(BACKLOG - SINGLES)]

    worker = start_worker()
    try:
        # From the first result to the last: its start takes seconds, which are not counted.
        while finished(results) == 0:
            time.sleep(0.005)
        begun, done = time.monotonic(), finished(results)
        while finished(results) < BACKLOG:
            time.sleep(0.02)
        rate("executed per second", BACKLOG - done, time.monotonic() - begun)
        print(f"most memory of the worker (MB)\t{memory_mb(worker.pid):.1f}")

        waits_ms = []
        for _ in range(IDLE):
            time.sleep(0.02)
            begun = time.monotonic()
            noop.delay().get(interval=0.001)
            waits_ms.append((time.monotonic() - begun) * 1000)
        waits_ms.sort()
        print(f"idle, other process, p50 (ms)\t{waits_ms[IDLE // 2]:.1f}")
        print(f"idle, other process, p99 (ms)\t{waits_ms[IDLE * 99 // 100]:.1f}")
    finally:
        worker.terminate()
        worker.wait()


if __name__ == "__main__":
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    main()
