"""The same no-op task for Celery, with Redis as broker and result backend."""

import os
import time

from celery import Celery

app = Celery("bench", broker=os.environ["BROKER_URL"], backend=os.environ["BROKER_URL"])


@app.task
def noop():
    """Returns when it began: our ledger has that in a column."""
    return time.time()
