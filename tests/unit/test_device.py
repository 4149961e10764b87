"""Which device a process takes."""

import pytest
import torch

from wsss.nets.device import use_device
from wsss.run.errors import UserError


@pytest.fixture
def one_card(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    return monkeypatch


def test_a_second_process_on_one_card_is_refused(one_card):
    threads = torch.get_num_threads()
    one_card.setenv("LOCAL_RANK", "0")
    assert use_device("auto", threads) == torch.device("cuda", 0)
    one_card.setenv("LOCAL_RANK", "1")
    with pytest.raises(UserError, match=r"2 processes or more.*shows 1 card; set gpus: 1"):
        use_device("cuda", threads)
    assert use_device("cpu", threads) == torch.device("cpu")
