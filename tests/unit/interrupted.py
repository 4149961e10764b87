"""Trainings that are interrupted, to be resumed."""

import pytest
import torch

from wsss.training.loop import train
from wsss.training.process import Runtime


def train_until(make_task, photos, settings, folder=None, stop=None, device=None):
    """Train a new task on `photos`, with checkpoints in `folder`; with `stop` it is interrupted
    after so many steps. Gives the task and its history, [] if it was interrupted.
    """
    torch.manual_seed(settings.seed)
    task = make_task()
    runtime = Runtime(device or torch.device("cpu"), resume=folder, checkpoint_minutes=0.0)
    loss, calls = task.loss, []

    def interrupted(batch):
        calls.append(batch["id"])
        if len(calls) > stop:
            raise KeyboardInterrupt
        return loss(batch)

    if stop is None:
        return task, train(task, photos, settings, runtime)
    task.loss = interrupted
    with pytest.raises(KeyboardInterrupt):
        train(task, photos, settings, runtime)
    return task, []
