"""A real Slurm on this machine's loopback: munged, slurmctld and two slurmd, with a GPU that is
only counted.

Needs root and Debian's slurm-wlm and munge, which `install` gets. Nothing listens on another
address.
"""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path

NODES = ("one", "two")
CONF = """ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
AuthType=auth/munge
CryptoType=crypto/munge
SlurmUser=root
SlurmdUser=root
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,defer_batch
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/filetxt
JobCompLoc={folder}/completed.txt
MinJobAge=600
KillWait=5
SlurmctldTimeout=30
SlurmdTimeout=10
GresTypes=gpu
"""


def install() -> bool:
    """Whether Slurm is here, or could be installed."""
    return installed("slurmctld", "slurm-wlm") and installed("munged", "munge")


def installed(program: str, package: str = "") -> bool:
    """Whether a program is here, or its package of Debian's could be installed."""
    if shutil.which(program):
        return True
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run(["apt-get", "update"], **quiet)
    command = ["apt-get", "install", "-y", "--no-install-recommends", package or program]
    return subprocess.run(command, **quiet).returncode == 0


class Cluster:
    """Two nodes with half of the cores and of the memory each; started by `up`, ended by `down`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.daemons = folder, dict[str, subprocess.Popen]()

    def up(self) -> "Cluster":
        (self.folder / "state").mkdir(parents=True)
        self._munge()
        host = socket.gethostname().split(".")[0]
        cores = max(1, (os.cpu_count() or 2) // len(NODES))
        megabytes = (os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20) // len(
            NODES
        ) - 1024
        lines = [CONF.format(host=host, folder=self.folder)]
        for n, name in enumerate(NODES):
            (self.folder / f"gpu-{name}").touch()
            lines.append(
                f"NodeName={name} NodeHostname={host} NodeAddr=127.0.0.1 Port={17001 + n} "
                f"CPUs={cores} "
                f"RealMemory={megabytes} Gres=gpu:1 State=UNKNOWN\n"
            )
        lines.append(
            f"PartitionName=all Nodes={','.join(NODES)} Default=YES MaxTime=INFINITE State=UP\n"
        )
        (self.folder / "slurm.conf").write_text("".join(lines))
        (self.folder / "gres.conf").write_text(
            "AutoDetect=off\n"
            + "".join(
                f"NodeName={name} Name=gpu Count=1 File={self.folder}/gpu-{name}\n"
                for name in NODES
            )
        )
        (self.folder / "cgroup.conf").write_text("CgroupAutomount=no\n")
        Path("/etc/slurm").mkdir(exist_ok=True)  # where it looks when SLURM_CONF is not handed on
        for name in ("slurm.conf", "gres.conf", "cgroup.conf"):
            link = Path("/etc/slurm", name)
            link.unlink(missing_ok=True)
            link.symlink_to(self.folder / name)
        self._start("slurmctld", "slurmctld", "-D")
        for name in NODES:
            self.start_node(name)
        self.wait_for_nodes()
        return self

    def _munge(self) -> None:
        if subprocess.run(["munge", "-n"], capture_output=True).returncode == 0:
            return
        key = Path("/etc/munge/munge.key")
        if not key.exists():
            key.write_bytes(os.urandom(1024))
        subprocess.run(
            ["install", "-d", "-o", "munge", "-g", "munge", "-m", "755", "/run/munge"], check=True
        )
        subprocess.run(["chown", "munge:munge", str(key)], check=True)
        key.chmod(0o400)
        subprocess.run(["runuser", "-u", "munge", "--", "/usr/sbin/munged"], check=True)

    def _start(self, name: str, *command: str) -> None:
        log = (self.folder / f"{name}.out").open("a")
        self.daemons[name] = subprocess.Popen(
            command, stdout=log, stderr=log, start_new_session=True
        )

    def start_node(self, name: str) -> None:
        self._start(f"slurmd-{name}", "slurmd", "-D", "-N", name)

    def kill_node(self, name: str) -> None:
        """SIGKILL to a node's daemon; jobs on it go on until the controller gives them up."""
        self.daemons[f"slurmd-{name}"].kill()
        self.daemons[f"slurmd-{name}"].wait()

    def wait_for_nodes(self, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            states = subprocess.run(
                ["sinfo", "-h", "-N", "-o", "%T"], capture_output=True, text=True
            ).stdout.split()
            if len(states) == len(NODES) and set(states) <= {"idle", "mixed", "allocated"}:
                return
            time.sleep(0.2)
        logs = "\n".join(p.read_text()[-2000:] for p in self.folder.glob("*.out"))
        raise RuntimeError(f"the nodes did not come up: {states}\n{logs}")

    def down(self) -> None:
        subprocess.run(["scancel", "--user", "root"], capture_output=True)
        for daemon in reversed(self.daemons.values()):
            daemon.terminate()
        for daemon in self.daemons.values():
            try:
                daemon.wait(timeout=15)
            except subprocess.TimeoutExpired:
                daemon.kill()
        for name in (
            "slurm.conf",
            "gres.conf",
            "cgroup.conf",
        ):  # else every client waits for a controller that is gone
            Path("/etc/slurm", name).unlink(missing_ok=True)

    def completed(self) -> list[dict[str, str]]:
        """What Slurm wrote down of every job that ended: JobState, NodeList and so on."""
        path = self.folder / "completed.txt"
        lines = path.read_text().splitlines() if path.exists() else []
        return [dict(pair.split("=", 1) for pair in line.split() if "=" in pair) for line in lines]
