"""One seam for this process, processes of this machine and Dask: the same answers, whoever is lost on the way."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import MappingProxyType

import pytest

from ipps_geo.errors import BadInput, Stopped
from ipps_geo.executors import Crew, InProcess, Processes, Workforce, executor_for, gathered


def squared(number: int) -> int:
    return number * number


def killed_once(task: tuple[int, str]) -> int:
    """The square; the first process that meets number 3 is killed as a system short of memory kills."""
    number, flag = task
    if number == 3:
        try:
            Path(flag).open("x").close()
        except FileExistsError:
            pass
        else:
            os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def test_results_come_in_the_order_of_the_tasks_and_progress_counts_them():
    told = []
    with executor_for() as executor:
        assert isinstance(executor, InProcess)
        assert gathered(executor, squared, range(4), done=lambda n, of: told.append((n, of))) == [0, 1, 4, 9]
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_processes_do_the_same_and_one_that_is_killed_costs_time_not_the_answer(tmp_path):
    tasks = [(number, str(tmp_path / "killed")) for number in range(8)]
    with executor_for(workers=2) as executor:
        assert isinstance(executor, Processes)
        assert gathered(executor, killed_once, tasks) == [number * number for number in range(8)]
    assert (tmp_path / "killed").exists()


def test_the_workers_of_dask_do_the_same_and_one_that_is_killed_costs_time_not_the_answer(tmp_path):
    distributed = pytest.importorskip("distributed")
    options = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None, "silence_logs": 50}
    tasks = [(number, str(tmp_path / "killed")) for number in range(8)]
    with distributed.LocalCluster(**options) as cluster, executor_for(cluster=cluster.scheduler_address) as executor:
        assert gathered(executor, killed_once, tasks) == [number * number for number in range(8)]
    assert (tmp_path / "killed").exists()


def test_who_asks_to_stop_is_heard_between_two_tasks():
    begun = time.monotonic()
    with executor_for(workers=2) as executor, pytest.raises(Stopped):
        gathered(executor, time.sleep, [0.2] * 1000, should_stop=lambda: time.monotonic() - begun > 0.5)


def test_an_error_of_a_task_reaches_the_caller():
    with executor_for() as executor, pytest.raises(ZeroDivisionError):
        gathered(executor, (1).__truediv__, [1, 0])


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"workers": 2, "cluster": "tcp://127.0.0.1:1"}, "executors.both"),
        ({"workers": 0}, "executors.no_worker"),
    ],
)
def test_what_cannot_be_is_refused(asked, code):
    with pytest.raises(BadInput) as refused, executor_for(**asked):
        pass
    assert refused.value.code == code


def test_nothing_of_dask_is_imported_unless_a_cluster_is_asked_for():
    code = (
        "import sys\nfrom ipps_geo.executors import executor_for, gathered\n"
        "with executor_for() as executor:\n    gathered(executor, abs, [1])\n"
        "sys.exit(any(name in sys.modules for name in ('dask', 'distributed', 'tornado', 'bokeh')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


SHARED = MappingProxyType({"name": "shared"})


def noted(shared, number: int, stopped) -> tuple[str, int, bool]:
    return shared["name"], number, stopped()


def turned(view) -> MappingProxyType:
    return MappingProxyType({value: key for key, value in view.items()})


def test_read_only_views_travel_as_tasks_and_as_results():
    tasks = [MappingProxyType({"a": number}) for number in range(3)]
    with executor_for(workers=2) as executor:
        assert gathered(executor, turned, tasks) == [{number: "a"} for number in range(3)]


def waited(_shared: None, _number: int, stopped) -> bool:
    until = time.monotonic() + 30
    while not stopped() and time.monotonic() < until:
        time.sleep(0.02)
    return stopped()


def test_what_tasks_share_reaches_each_and_so_does_a_stop_with_what_there_is_then():
    heard = {}
    with Workforce(workers=2).called() as crew:
        told = crew.share_out(noted, SHARED, range(3), heard=heard.__setitem__)
        begun = time.monotonic()
        stopped = crew.share_out(waited, None, range(3), should_stop=lambda: time.monotonic() - begun > 0.3)
    assert told == Crew().share_out(noted, SHARED, range(3)) == [("shared", number, False) for number in range(3)]
    assert heard == dict(enumerate(told))
    assert stopped == [True] * 3
    assert crew.size == 2


def test_workers_end_with_a_process_that_is_killed(tmp_path):
    code = (
        "import os, sys, time\nfrom pathlib import Path\nfrom ipps_geo.executors import Workforce\n"
        "from tests.test_executors import told_of\n"
        "with Workforce(workers=1 + 1).called() as crew:\n"
        "    crew.share_out(told_of, sys.argv[1], [0])\n    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path / "worker")], check=False, cwd=Path(__file__).parents[1])
    worker = int((tmp_path / "worker").read_text())
    until = time.monotonic() + 20
    while alive(worker) and time.monotonic() < until:
        time.sleep(0.05)
    assert not alive(worker)


def told_of(file: str, _number: int, _stopped) -> None:
    Path(file).write_text(str(os.getpid()))


def alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.is_file() or state.read_text().rpartition(")")[2].split()[0] != "Z"
