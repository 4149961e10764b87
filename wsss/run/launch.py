"""How a stage was started: alone, or as one of several processes by torchrun."""

import os


def is_main_process() -> bool:
    """Whether this process writes artifacts: it is the only one, or the first that torchrun started
    (rank 0).
    """
    return os.environ.get("RANK", "0") == "0"
