"""Who does the work: this process, processes of this machine, or a cluster of Dask, behind one interface.

An executor is one of ``concurrent.futures``. Without a wish there is :class:`InProcess`; ``workers=4`` makes four
processes of this machine, ``cluster="tcp://host:8786"`` the workers of a Dask scheduler. What asks for work calls
:func:`gathered`, or a :class:`Crew` where tasks share something large, and cannot tell them apart: results come in the
order of the tasks, progress and cancel reach through, and a worker that is lost costs time, not the answer.

>>> with executor_for() as executor:
...     gathered(executor, abs, [-1, 2, -3])
[1, 2, 3]
"""

from __future__ import annotations

import io
import multiprocessing
import os
import pickle
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from types import MappingProxyType
from typing import Any, TypeVar

from ipps_geo.errors import BadInput, InternalError, MissingExtra, Stopped
from ipps_geo.logbook import LOGGER, record

Task = TypeVar("Task")
Result = TypeVar("Result")

POLL_S = 0.05
"""How often a waiting caller is asked whether to stop, in seconds."""

LOSSES = 4
"""How many times in a row workers may be lost before it is the task that kills them."""


class InProcess(Executor):
    """Does each task at once, in this process; what the others are compared with."""

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Return a future that is done already."""
        future: Future[Result] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:  # noqa: BLE001 - a future carries whatever its task raised
            future.set_exception(error)
        return future


class Processes(Executor):
    """Processes of this machine; when one is lost (killed, out of memory) others take its place."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self._pool: ProcessPoolExecutor | None = None

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """Hand a task to the processes that are there, or to new ones where they broke down."""
        if self._pool is None:
            # Not forked: threads of compiled kernels and of solvers do not survive a fork.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self.workers, mp_context=context, initializer=_begin)
        try:
            return self._pool.submit(fn, *args, **kwargs)
        except BrokenProcessPool:
            self.renew()
            return self.submit(fn, *args, **kwargs)

    def renew(self) -> None:
        """Let go of processes that broke down; the next task starts new ones."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=False, cancel_futures=True)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.shutdown(wait=wait, cancel_futures=cancel_futures)


def _begin() -> None:
    """Give way to whoever reads and clicks meanwhile; leave Ctrl-C to the process that asked, and end when it does."""
    import signal

    asking = multiprocessing.parent_process()
    if asking is not None:  # one that was killed gives no notice: nobody is left to work for
        Thread(target=_leave_with, args=(asking,), daemon=True).start()

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(os, "nice"):
        os.nice(5)


def _leave_with(asking: Any) -> None:
    asking.join()
    os._exit(1)


@contextmanager
def executor_for(workers: int | None = None, cluster: str | None = None) -> Iterator[Executor]:
    """Yield the executor that was asked for: this process, ``workers`` processes, or the workers of ``cluster``.

    Nothing of Dask is imported unless ``cluster`` is given.

    Raises
    ------
    BadInput
        Both are asked for, fewer than one worker, or no scheduler answers at ``cluster``.
    MissingExtra
        ``cluster`` without the extra of that name.
    """
    if workers is not None and cluster is not None:
        raise BadInput("executors.both", where="--workers, --cluster")
    if workers is not None and workers < 1:
        raise BadInput("executors.no_worker", where="--workers", workers=workers)
    if cluster is not None:
        with _client(cluster) as client:
            yield client.get_executor(pure=False, retries=LOSSES)
    elif workers is None or workers == 1:
        yield InProcess()
    else:
        processes = Processes(workers)
        try:
            yield processes
        finally:
            processes.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _client(address: str) -> Iterator[Any]:
    try:
        from distributed import Client
    except ImportError as error:
        raise MissingExtra("executors.no_dask", where="--cluster") from error
    connect: Any = Client  # has no types
    try:
        client = connect(address, timeout=10, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise BadInput("executors.no_scheduler", where="--cluster", address=address) from error
    try:
        if not client.ncores():
            raise BadInput("executors.no_worker_there", where="--cluster", address=address)
        yield client
    finally:
        client.close()


def gathered(
    executor: Executor,
    function: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    done: Callable[[int, int], None] | None = None,
    heard: Callable[[int, Result], None] | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> list[Result]:
    """Return ``function`` of every task, in the order of ``tasks``, whoever did them and in whatever order.

    Parameters
    ----------
    function
        A function of a module, for it has to travel; of one argument.
    done
        Called with (tasks done, tasks in all) whenever one is done.
    heard
        Called with (place of the task, its result) whenever one is done.
    should_stop
        Asked while waiting; tasks that have not begun are then given up.

    Raises
    ------
    Stopped
        ``should_stop`` asked to stop.
    InternalError
        The same tasks lost their workers several times in a row.
    """
    results: dict[int, Result] = {}
    waiting: dict[Future[Result], int] = {}
    left = list(reversed(range(len(tasks))))
    ahead = 1 if isinstance(executor, InProcess) else 4 * _hands(executor)
    losses = 0
    while left or waiting:
        while left and len(waiting) < ahead:  # few at a time: a task's arguments are not kept in memory by the thousand
            if should_stop is not None and should_stop():
                _give_up(waiting)
                raise Stopped("solve.stopped")
            place = left.pop()
            waiting[_submit(executor, function, tasks[place])] = place
        finished = wait(waiting, timeout=POLL_S, return_when=FIRST_COMPLETED).done
        lost = []
        for future in sorted(finished, key=waiting.__getitem__):
            place = waiting.pop(future)
            try:
                results[place] = _received(executor, future)
            except BrokenProcessPool:
                lost.append(place)
                continue
            losses = 0
            if done is not None:
                done(len(results), len(tasks))
            if heard is not None:
                heard(place, results[place])
        if lost and isinstance(executor, Processes):
            losses += 1
            if losses > LOSSES:
                raise InternalError("executors.lost", n=losses, number=record("workers lost", doing=function.__name__))
            LOGGER.warning("workers were lost: %d tasks are done again", len(lost) + len(waiting))
            left += [*waiting.values(), *lost]
            left.sort(reverse=True)
            waiting.clear()
            executor.renew()
        if waiting and should_stop is not None and should_stop():
            _give_up(waiting)
            raise Stopped("solve.stopped")
    return [results[place] for place in range(len(tasks))]


def _submit(executor: Executor, function: Callable[[Task], Result], task: Task) -> Future[Any]:
    """Hand on a task; to another process it travels as :func:`pickled` says, and so does what comes back."""
    if isinstance(executor, InProcess):
        return executor.submit(function, task)
    return executor.submit(_elsewhere, function, pickled(task))


def _elsewhere(function: Callable[[Any], Any], task: bytes) -> bytes:
    return pickled(function(pickle.loads(task)))  # noqa: S301 - from the process that hands out the tasks


def _received(executor: Executor, future: Future[Any]) -> Any:
    result = future.result()
    return result if isinstance(executor, InProcess) else pickle.loads(result)  # noqa: S301 - from our own workers


def _give_up(waiting: dict[Future[Any], int]) -> None:
    for future in waiting:
        future.cancel()


def _hands(executor: Executor) -> int:
    """How many tasks an executor can do at a time."""
    if isinstance(executor, Processes):
        return executor.workers
    client = getattr(executor, "_client", None)  # a Dask executor tells its workers through its client alone
    return max(1, sum(client.ncores().values())) if client is not None else 1


# ---------------------------------------------------------------------- tasks that share something large
@dataclass(frozen=True)
class Workforce:
    """Who is to do the work, said before anybody is called: this process, ``workers`` processes, or a cluster.

    ``folder`` is one that every machine of the cluster sees under the same path; what tasks share lies there meanwhile.
    """

    workers: int | None = None
    cluster: str | None = None
    folder: Path | None = None

    @contextmanager
    def called(self) -> Iterator[Crew]:
        """Yield the crew; its processes end with the ``with`` statement."""
        with executor_for(self.workers, self.cluster) as executor:
            folder = self.folder if self.cluster is not None else None
            if folder is not None:
                folder.mkdir(parents=True, exist_ok=True)  # beside an answer whose folder may not be there yet
            yield Crew(executor, folder)


class Crew:
    """An executor for tasks that share something large, which travels once a process and not with every task.

    >>> Crew().share_out(_plus, 10, [1, 2])
    [11, 12]
    """

    def __init__(self, executor: Executor | None = None, folder: Path | None = None) -> None:
        self.executor, self.folder = executor or InProcess(), folder

    @property
    def size(self) -> int:
        """How many tasks are done at a time."""
        return _hands(self.executor)

    def share_out(
        self,
        function: Callable[[Any, Task, Callable[[], bool]], Result],
        shared: Any,
        tasks: Sequence[Task],
        *,
        heard: Callable[[int, Result], None] | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> list[Result]:
        """Return ``function(shared, task, stopped)`` of every task, in the order of ``tasks``.

        Whoever stops keeps what there is: once ``should_stop`` is true ``stopped`` is, in every task, and a task says
        itself what it then returns.

        Parameters
        ----------
        function
            A function of a module.
        shared
            What all tasks need and none changes.
        heard
            Called with (place of the task, its result) whenever one is done.
        """
        stop = should_stop or _never
        if isinstance(self.executor, InProcess):
            results = []
            for place, task in enumerate(tasks):
                results.append(function(shared, task, stop))
                if heard is not None:
                    heard(place, results[-1])
            return results
        with TemporaryDirectory(prefix=".ipps-tasks-", dir=self.folder) as folder:
            file, flag = Path(folder) / "shared.pickle", Path(folder) / "stop"
            with file.open("wb") as stream:
                Pickler(stream, protocol=pickle.HIGHEST_PROTOCOL).dump(shared)

            def pass_on() -> bool:
                if stop():
                    flag.touch()
                return False

            sent = [(function, file, task) for task in tasks]
            return gathered(self.executor, _with_shared, sent, heard=heard, should_stop=pass_on)


def time_share(seconds: float, end: float, place: int, tasks: int, hands: int) -> float:
    """Return the seconds that a task may take of ``seconds`` for all of them, which end at ``end`` (``time.time()``).

    What one does not use is left for those after it; none has less than an equal share, whatever its clock says.

    >>> time_share(60.0, time.time() - 5, place=2, tasks=6, hands=2)
    20.0
    """
    equal = seconds * min(1.0, hands / tasks)
    left = min(seconds, max(0.0, end - time.time()))
    return max(equal, left * min(1.0, hands / (tasks - place)))


class Pickler(pickle.Pickler):
    """Pickle that also takes read-only views of mappings, which travel as views of copies."""

    def reducer_override(self, thing: Any) -> Any:
        """Return how a view is made again; everything else as it is by itself."""
        if type(thing) is MappingProxyType:
            return _view, (dict(thing),)
        return NotImplemented


def pickled(thing: Any) -> bytes:
    """Return what travels to another process, or lies in a file for it.

    >>> pickle.loads(pickled(MappingProxyType({"a": 1})))
    mappingproxy({'a': 1})
    """
    stream = io.BytesIO()
    Pickler(stream, protocol=pickle.HIGHEST_PROTOCOL).dump(thing)
    return stream.getvalue()


def _view(entries: dict[Any, Any]) -> Any:
    return MappingProxyType(entries)


def _never() -> bool:
    return False


def _plus(shared: int, task: int, stopped: Callable[[], bool]) -> int:
    return shared if stopped() else shared + task


def _with_shared(sent: tuple[Callable[..., Result], Path, Any]) -> Result:
    function, file, task = sent
    flag = file.with_name("stop")
    # A folder that is gone: whoever asked has gone too.
    return function(_shared(file), task, lambda: flag.exists() or not file.exists())


@lru_cache(maxsize=1)
def _shared(file: Path) -> Any:
    """Return what tasks share, read once a process."""
    return pickle.loads(file.read_bytes())  # noqa: S301 - written by the process that hands out the tasks
