"""The options that say who does the work: one list for every command whose tasks can be handed out."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipps_geo.errors import BadInput

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from ipps_geo.executors import Workforce


@dataclass(frozen=True)
class WorkOptions:
    """Processes of this machine, or the workers of a cluster; without either, this process."""

    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="本机工作进程数，缺省 1 · Processes of this machine.")
    ] = None
    cluster: Annotated[
        str | None,
        typer.Option("--cluster", help="Dask 调度程序地址，如 tcp://主机:8786 · Scheduler of a Dask cluster."),
    ] = None

    @property
    def asked(self) -> bool:
        """Whether anybody else than this process is to do the work."""
        return self.workers is not None or self.cluster is not None

    def executor(self) -> AbstractContextManager[Executor]:
        """Return who does the work, for a ``with`` statement."""
        from ipps_geo.executors import executor_for

        return executor_for(self.workers, self.cluster)

    def workforce(self, out: Path | None, *, used: bool) -> Workforce | None:
        """Return who does the independent parts of a plan or an audit of one table; None: this process.

        Parameters
        ----------
        out
            Folder of the answer: what the parts share lies beside it meanwhile, in this folder without one.
        used
            Whether there is anything to share out; where there is not, whoever asks for others is told so.
        """
        from ipps_geo.executors import Workforce

        if not self.asked:
            return None
        if not used:
            raise BadInput("executors.nothing_to_share", where="--workers, --cluster")
        return Workforce(self.workers, self.cluster, (out.absolute().parent if out is not None else Path.cwd()))
