"""What a run shows on the terminal: a line for each job that starts and ends, how far the running
ones are, and in the end what was made. Snakemake's own account is in .snakemake/log.
"""

import logging
import re
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from wsss.plan.marks import words_of
from wsss.run.errors import printable
from wsss.run.files import require_file
from wsss.run.progress import START, in_words

NOISE = (
    "Building DAG",
    "Using shell",
    "Provided ",
    "Rules claiming",
    "Conda environments: ignored",
    "Select jobs to execute",
    "Execute ",
    "RuleException:\nCalledProcessError",
)
"""beginnings of Snakemake's lines that say nothing of the work"""
INTERRUPTED, ENDED = "Terminating processes on user request", "At least one job did not complete"
"""in Snakemake's lines after Ctrl-C: at once, and when all jobs have ended"""
HIDDEN_EVENTS = ("progress", "resources_info")
TAIL = 4000
"""bytes at the end of a log that are searched for progress"""
LINES = 12
"""of the log of a job that failed"""
PRINTED = ("verify", "clean", "clean_unused", "show_recipe")
"""rules whose jobs print on the terminal themselves, so that their logs need not be shown"""
LOOK, PATIENCE = 5.0, 60.0
"""seconds between looks at the logs, and between two lines on one job"""
MARK = re.compile(r"work/\.stale/(\S*[^\s,])")
STREAM = "ColorizingTextHandler"
"""Snakemake's handler for the terminal; a logger plugin has another one, and is left alone"""


@dataclass
class RunningJob:
    """A job that has started: its number in this run, and what was said of it."""

    number: int
    about: str
    log: Path | None
    began: float = field(default_factory=time.monotonic)
    told: float = field(default_factory=time.monotonic)
    line: str = ""


class Terminal(logging.Filter):
    """Takes the place of Snakemake's lines on jobs, but not in a dry run. `say` prints a line."""

    def __init__(self, say: Callable[[str], None], is_dry: Callable[[], bool]) -> None:
        super().__init__()
        self._total, self._say, self._is_dry = 0, say, is_dry
        self._users: Mapping[str, str] = {}
        self._running: dict[int, RunningJob] = {}
        self._started = self._done = 0
        self._interrupted = False
        self._lock = threading.Lock()

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether Snakemake's own line is shown; prints another one in its place."""
        if self._is_dry():
            return True
        event = str(getattr(getattr(record, "event", None), "value", ""))
        with self._lock:
            if event == "job_info":
                self._start(record.__dict__)
                return False
            if event == "job_finished":
                self._finish(record.__dict__)
                return False
            if event == "job_error":
                self._fail(record.__dict__)
                return False
        text = str(record.msg).strip()
        if event in HIDDEN_EVENTS or self._tells_interrupt(text):
            return False
        return not text.startswith(NOISE)

    def _tells_interrupt(self, text: str) -> bool:
        """Whether a line of Snakemake's is on Ctrl-C; prints another one in its place."""
        if text.startswith(INTERRUPTED):
            self._interrupted = True
            self._say("stopping; trainings write a checkpoint first")
            return True
        if self._interrupted and ENDED in text:
            self._say("stopped; to go on, type the same command again")
            return True
        return False

    def _start(self, facts: dict[str, Any]) -> None:
        self._started += 1
        logs = facts.get("log") or []
        about = self._describe(facts)
        job = RunningJob(self._started, about, Path(logs[0]) if logs else None)
        self._running[facts["jobid"]] = job
        where = f"  (log: {logs[0]})" if logs else ""
        self._print(job.number, f"{about}{where}")
        marks = MARK.findall(str(facts.get("reason") or ""))
        if marks:
            self._say(f"           again: {', '.join(map(words_of, marks))}")

    def _describe(self, facts: dict[str, Any]) -> str:
        """What a job does, and for which rows or recipes."""
        about = " ".join(str(facts.get("rule_msg") or facts["rule_name"]).split())
        users = self._users.get(str((facts.get("wildcards") or {}).get("step")))
        return f"{about}, for {users}" if users else about

    def _finish(self, facts: dict[str, Any]) -> None:
        job = self._running.pop(facts["job_id"], None)
        self._done += 1
        if job is not None:
            took = in_words(time.monotonic() - job.began)
            self._print(job.number, f"done in {took} ({self._done} of {self._total} done)")

    def _fail(self, facts: dict[str, Any]) -> None:
        job = self._running.pop(facts["jobid"], None)
        number = job.number if job else 0
        logs = [Path(log) for log in facts.get("log") or []]
        about = job.about if job else facts["rule_name"]
        if self._interrupted:
            return self._print(number, f"stopped: {about}")
        self._print(number, f"failed: {about}")
        for log in logs if facts["rule_name"] not in PRINTED else ():
            self._say(f"  {log} ends:")
            for line in read_end(log).splitlines()[-LINES:]:
                self._say(f"    {line}")

    def begin(self, total: int, users: Mapping[str, str] = MappingProxyType({})) -> None:
        """Begin to follow the logs of the jobs that run. `total` is their number, `users` says for
        whom each step is made (users.py).
        """
        self._total, self._users = total, users
        threading.Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(LOOK)
            self.look()

    def look(self) -> None:
        """Print how far the jobs are whose logs say something new."""
        with self._lock:
            running = list(self._running.values())
        now = time.monotonic()
        for job in running:
            line = read_progress(job.log) if job.log else ""
            due = not job.line or now - job.told >= PATIENCE
            if line and line != job.line and due:
                job.line, job.told = line, now
                self._print(job.number, line)

    def _print(self, number: int, text: str) -> None:
        stamp = time.strftime("%H:%M:%S")
        self._say(f"[{stamp}] {number} of {self._total}: {text}")


def read_end(log: Path) -> str:
    """The end of a log; "" where it cannot be read."""
    try:
        with require_file(log).open("rb") as file:
            file.seek(max(0, log.stat().st_size - TAIL))
            return file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


def read_progress(log: Path) -> str:
    """The last line on progress in a log; "" where there is none."""
    lines = read_end(log).splitlines()
    found = [line.removeprefix(START) for line in lines if line.startswith(START)]
    return found[-1] if found else ""


def show_jobs(handlers: Iterable[logging.Handler], is_dry: Callable[[], bool]) -> Terminal:
    """Let a Terminal take the place of Snakemake's lines, on the terminal alone. To be begun when
    the jobs are known. `is_dry` says whether the run is dry, as soon as Snakemake knows.
    """
    terminal = Terminal(say, is_dry)
    for handler in handlers:
        if type(handler).__name__ == STREAM:
            handler.addFilter(terminal)
    return terminal


def say(line: str) -> None:
    """Print a line on stderr, as Snakemake does. Nothing in it acts on the terminal."""
    print(printable(line), file=sys.stderr, flush=True)
