"""A standalone cluster of Spark as processes of this machine, on loopback alone, whose workers can be killed."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

SECONDS = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Cluster:
    """A master and some workers of a core each; all end with the context."""

    def __init__(self, folder: Path, workers: int = 2, memory: str = "1g") -> None:
        self._folder, self._memory = folder, memory
        self.port = free_port()
        self._count = 0
        self._processes: list[subprocess.Popen[bytes]] = []
        self.workers: list[subprocess.Popen[bytes]] = []
        self._wanted = workers

    @property
    def master(self) -> str:
        return f"spark://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._start(
            "org.apache.spark.deploy.master.Master", "--host", "127.0.0.1", "--port", str(self.port),
            "--webui-port", str(free_port()),
        )  # fmt: skip
        self._wait("I have been elected leader", self._processes[0])
        for _ in range(self._wanted):
            self.add_worker()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            self._kill(process)

    def add_worker(self) -> None:
        """One worker more, which is registered when this returns."""
        process = self._start(
            "org.apache.spark.deploy.worker.Worker", "--host", "127.0.0.1", "--webui-port", str(free_port()),
            "--cores", "1", "--memory", self._memory, "--work-dir", str(self._folder / f"work-{self._count}"),
            self.master,
        )  # fmt: skip
        self.workers.append(process)
        self._wait("Successfully registered with master", process)

    def kill_worker(self) -> None:
        """Kill the oldest worker with its executors, as a machine that goes dark."""
        self._kill(self.workers.pop(0))

    def _start(self, *command: str) -> subprocess.Popen[bytes]:
        import pyspark

        home = Path(pyspark.__file__).parent
        self._count += 1
        log = (self._folder / f"log-{self._count}").open("wb")
        environment = {
            **os.environ, "SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_DAEMON_MEMORY": "256m",
            "SPARK_LOCAL_DIRS": str(self._folder / "local"),
        }  # fmt: skip
        with log:
            process = subprocess.Popen(
                [str(home / "bin" / "spark-class"), *command], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env=environment, start_new_session=True,
            )  # fmt: skip
        self._processes.append(process)
        process.log = Path(log.name)  # type: ignore[attr-defined]
        return process

    def _wait(self, line: str, process: subprocess.Popen[bytes]) -> None:
        end = time.monotonic() + SECONDS
        log: Path = process.log  # type: ignore[attr-defined]
        while line not in log.read_text(errors="replace"):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"Spark did not start: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.1)

    @staticmethod
    def _kill(process: subprocess.Popen[bytes]) -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # the executors are in its group
        process.wait(SECONDS)
