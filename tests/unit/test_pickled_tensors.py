"""Tensors in .npy files: read as torch reads them; what does not fit or attacks is refused."""

import collections
import os
import pickle
import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import PROJECT
from wsss.data.npy import read_npy
from wsss.data.pickled import read_pickled
from wsss.run.errors import UserError

DTYPES = (
    torch.bool,
    torch.int8,
    torch.int16,
    torch.int32,
    torch.int64,
    torch.uint8,
    torch.float16,
    torch.float32,
    torch.float64,
)
REBUILD, LOAD = torch._utils._rebuild_tensor_v2, torch.storage._load_from_bytes


def irn():
    """What IRNet's make_cam.py saves for a photo of two classes."""
    torch.manual_seed(0)
    return {
        "keys": torch.nonzero(torch.tensor([0, 1, 0, 1]))[:, 0],
        "cam": torch.rand(2, 5, 6),
        "high_res": torch.rand(2, 20, 24).numpy(),
    }


def storage(count=6):
    """The bytes of a storage float32 of 0, 1, 2, ..."""
    return torch.arange(float(count)).__reduce_ex__(2)[1][0].__reduce__()[1][0]


class Forged:
    """A tensor that pickles as its maker says."""

    def __init__(self, data, offset, size, stride):
        self.args = (Stored(data), offset, size, stride, False, collections.OrderedDict())

    def __reduce__(self):
        return REBUILD, self.args


class Stored:
    def __init__(self, data):
        self.data = data

    def __reduce__(self):
        return LOAD, (self.data,)


class Attack:
    """An object whose unpickling makes a folder."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return os.mkdir, (self.path,)


def read_refusal(tmp_path, value):
    """The line with which a file of `value` under class 0 is refused."""
    np.save(tmp_path / "p.npy", {0: value})
    with pytest.raises(UserError, match=r"p\.npy cannot be read: ") as refused:
        read_npy(tmp_path / "p.npy")
    assert "\n" not in str(refused.value)
    return str(refused.value)


def check_equal(found, tensor):
    assert type(found) is np.ndarray and found.dtype == tensor.numpy().dtype
    assert found.shape == tuple(tensor.shape) and np.array_equal(found, tensor.numpy())


def test_file_of_irnet_is_read(tmp_path):
    np.save(tmp_path / "p.npy", irn())
    found = read_npy(tmp_path / "p.npy")
    assert list(found) == ["keys", "cam", "high_res"]
    check_equal(found["keys"], irn()["keys"])
    check_equal(found["cam"], irn()["cam"])
    assert np.array_equal(found["high_res"], irn()["high_res"])


def test_reading_imports_no_torch(tmp_path):
    np.save(tmp_path / "p.npy", irn())
    code = (
        "import sys, pathlib; from wsss.data.npy import read_npy; "
        "read_npy(pathlib.Path(sys.argv[1])); sys.exit('torch' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "p.npy")]
    assert subprocess.run(command, cwd=PROJECT).returncode == 0


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize("dtype", DTYPES)
def test_tensors_of_each_dtype_are_read(dtype, protocol):
    tensor = torch.arange(300).remainder(100).to(dtype)
    check_equal(read_pickled(pickle.dumps({0: tensor}, protocol=protocol))[0], tensor)


@pytest.mark.parametrize(
    "view",
    [
        lambda t: t,
        lambda t: t[1:],
        lambda t: t[:, ::2, 3],
        lambda t: t.permute(2, 0, 1),
        lambda t: t[1, 2, 3],
        lambda t: t[:0],
        lambda t: t[:, None, :2],
        lambda t: t[..., 4:5],
        lambda t: t.requires_grad_().detach(),
        lambda t: t[0, 0, :1].expand(4),
    ],
)
def test_views_of_a_storage_are_read(view):
    tensor = view(torch.arange(60.0).reshape(3, 4, 5))
    check_equal(read_pickled(pickle.dumps({0: tensor}))[0], tensor)


def test_tensors_that_share_a_storage_are_read():
    whole = torch.arange(70_000.0)
    saved = collections.OrderedDict({0: whole[:5], 1: whole[5:], 2: torch.zeros(0, 3)})
    found = read_pickled(pickle.dumps(saved))
    for key, tensor in saved.items():
        check_equal(found[key], tensor)


@pytest.mark.parametrize(
    ("offset", "size", "stride"),
    [
        (1, (2, 3), (3, 1)),
        (0, (2, 3), (4, 1)),
        (6, (), ()),
        (0, (7,), (1,)),
        (10**30, (1,), (1,)),
        (0, (2,), (2**62,)),
        (0, (2**31, 2**31), (1, 1)),
        (0, (7,), (0,)),
        (0, (10**12,), (0,)),
    ],
)
def test_views_beyond_the_storage_are_refused(offset, size, stride, tmp_path):
    line = read_refusal(tmp_path, Forged(storage(), offset, size, stride))
    assert "beyond its storage of 6 numbers" in line


@pytest.mark.parametrize(
    ("offset", "size", "stride", "words"),
    [
        (-1, (2,), (1,), "no number from 0"),
        (5, (2,), (-1,), "no number from 0"),
        (0, (-2,), (1,), "no number from 0"),
        ("1", (2,), (1,), "no number from 0"),
        (0, (True,), (1,), "no number from 0"),
        (0, (2, 3), (1,), "the shape"),
        (0, (1,) * 9, (1,) * 9, "the shape"),
        (0, [2], (1,), "damaged"),
        (0, (0, 2**40, 2**40), (0, 0, 0), "too big"),
    ],
)
def test_invalid_views_are_refused(offset, size, stride, words, tmp_path):
    assert words in read_refusal(tmp_path, Forged(storage(), offset, size, stride))


def test_dimension_of_size_one_may_have_any_stride():
    found = read_pickled(pickle.dumps({0: Forged(storage(), 0, (1, 6), (2**70, 1))}))
    assert found[0].tolist() == [[0, 1, 2, 3, 4, 5]]


def test_tensors_of_a_gpu_are_read():
    data = storage().replace(b"X\x03\x00\x00\x00cpu", b"X\x06\x00\x00\x00cuda:0")
    assert b"cuda:0" in data
    found = read_pickled(pickle.dumps({0: Forged(data, 3, (3,), (1,))}))
    assert found[0].tolist() == [3, 4, 5]


def read_forged(data, tmp_path):
    """The line with which a file is refused that has `data` for a storage."""
    return read_refusal(tmp_path, Forged(data, 0, (6,), (1,)))


@pytest.mark.parametrize("protocol", range(6))
def test_code_in_a_storage_is_refused_and_not_run(protocol, tmp_path):
    attack = pickle.dumps(Attack(tmp_path / "done"), protocol)
    whole = storage()
    places = [place for place in range(len(whole)) if whole[place : place + 2] == b"\x80\x02"]
    assert len(places) == 5
    assert "of a tensor" in read_forged(attack, tmp_path)
    for start, end in zip(places, (*places[1:5], len(whole))):
        assert "of a tensor" in read_forged(whole[:start] + attack + whole[end:], tmp_path)
    assert not (tmp_path / "done").exists()


def test_os_system_as_a_storage_is_refused(tmp_path):
    system = b"\x80\x02cos\nsystem\nX\x04\x00\x00\x00true\x85R."
    assert "of a tensor is damaged" in read_forged(system, tmp_path)
    named = storage().replace(b"ctorch\nFloatStorage\n", b"cos\nsystem\n")
    assert "a tensor of 'os system'" in read_forged(named, tmp_path)


def test_zip_files_of_torch_are_refused_as_storage(tmp_path):
    torch.save(torch.ones(6), tmp_path / "a.pt")
    assert "of a tensor" in read_forged((tmp_path / "a.pt").read_bytes(), tmp_path)


def test_sizes_that_a_storage_only_declares_are_refused(tmp_path):
    whole = storage()
    for count in (b"K\x07", b"J\xff\xff\xff\x7f", b"J\xff\xff\xff\xff", b"\x8a\x08" + b"\x7f" * 8):
        assert "says two things" in read_forged(whole.replace(b"K\x06N", count + b"N"), tmp_path)
    numbers = (6).to_bytes(8, "little")
    assert whole.count(b"K\x06N") == 1 and whole.count(numbers) == 1
    huge = whole.replace(b"K\x06N", b"\x8a\x08" + (2**62).to_bytes(8, "little") + b"N")
    huge = huge.replace(numbers, (2**62).to_bytes(8, "little"))
    assert "24 bytes" in read_forged(huge, tmp_path)
    for cut in (whole[:-1], whole + b"a"):
        assert "its shape needs another number" in read_forged(cut, tmp_path)


def test_a_storage_without_its_key_is_refused(tmp_path):
    whole = storage()
    keys = whole.rindex(b"\x80\x02]")
    assert "none that torch saves" in read_forged(
        whole[:keys] + b"\x80\x02]." + whole[-32:], tmp_path
    )


def test_nested_keys_in_a_storage_are_refused(tmp_path):
    doubled = b"})" + b"".join(b"q%ch%c\x86" % (n, n) for n in range(100)) + b"K\x01s."
    assert "of a tensor is damaged" in read_forged(b"\x80\x02" + doubled, tmp_path)
    assert "none that torch saves" in read_forged((b"\x80\x02" + doubled) * 5, tmp_path)


def test_a_storage_that_is_made_again_and_again_is_refused(tmp_path):
    data = storage(10_000)
    many = {n: Forged(data, 0, (1,), (1,)) for n in range(50)}
    np.save(tmp_path / "p.npy", many)
    with pytest.raises(UserError, match=r"p\.npy.*again and again"):
        read_npy(tmp_path / "p.npy")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (torch.ones(2, dtype=torch.bfloat16), r"'torch BFloat16Storage'.*\.float\(\)\.numpy\(\)"),
        (torch.nn.Parameter(torch.ones(2)), r"_rebuild_parameter'.*\.detach\(\)\.numpy\(\)"),
        (torch.eye(2).to_sparse(), "sparse_tensor'"),
        ([torch.ones(2)], "type list"),
        (Stored(storage()), "type storage"),
        (Stored("text"), "damaged"),
    ],
)
def test_other_values_are_refused_by_name(value, words, tmp_path):
    line = read_refusal(tmp_path, value)
    assert re.search(words, line), line


def test_tensor_as_a_key_is_refused(tmp_path):
    np.save(tmp_path / "p.npy", {torch.tensor(3): torch.ones(2)})
    with pytest.raises(UserError, match=r"p\.npy.*type tensor for a key"):
        read_npy(tmp_path / "p.npy")


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(changes=st.lists(st.tuples(st.integers(0, 1500), st.integers(0, 255)), max_size=4))
def test_damaged_files_are_read_or_refused(changes, tmp_path):
    np.save(tmp_path / "p.npy", {"keys": torch.arange(2), "cam": torch.ones(2, 3, 3)})
    data = bytearray((tmp_path / "p.npy").read_bytes())
    for place, byte in changes:
        data[place % len(data)] = byte
    (tmp_path / "p.npy").write_bytes(data)
    try:
        found = read_npy(tmp_path / "p.npy")
    except UserError as error:
        assert "p.npy" in str(error) and "\n" not in str(error)
    else:
        assert type(found) is np.ndarray or all(type(a) is np.ndarray for a in found.values())
