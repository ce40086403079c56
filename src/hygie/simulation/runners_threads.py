"""Blocks on threads of this machine: kernels release the interpreter's lock."""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from threading import Event

from hygie.simulation.runners_blocks import BlockTask, Columns, Span, run_block

__all__ = ["ThreadRunner"]


@dataclass(frozen=True, slots=True)
class ThreadRunner:
    """Simulates blocks on `threads` threads; the result does not depend on how many."""

    threads: int = 2

    def map_blocks(self, task: BlockTask, spans: Sequence[Span]) -> Generator[Columns, None, None]:
        """Yield the rows of each span, in order; see `Runner`."""
        workers = max(self.threads, 1)
        stop = Event()
        todo = iter(spans)
        waiting: deque[Future[Columns]] = deque()
        with ThreadPoolExecutor(max_workers=workers) as pool:
            try:
                waiting.extend(pool.submit(run_block, task, span, stop) for span in islice(todo, 2 * workers + 2))
                while waiting:
                    done = waiting.popleft().result()
                    waiting.extend(pool.submit(run_block, task, span, stop) for span in islice(todo, 1))
                    yield done
            finally:
                stop.set()
                for future in waiting:
                    future.cancel()
