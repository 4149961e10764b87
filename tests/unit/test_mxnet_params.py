"""MXNet's files of arrays, written here byte by byte, whole and damaged; ResNet-38 from one."""

import struct

import numpy as np
import pytest
import torch

from tests.unit.narrow_networks import narrow_resnet38
from wsss.nets import bodies
from wsss.nets.mxnet_params import MOST_ARRAYS, V1, V2, V3, read_params
from wsss.nets.resnet38 import ResNet38, from_mxnet
from wsss.nets.trunk import Trunk
from wsss.run.errors import UserError

LEGACY = 0
TYPE_NUMBERS = {"f4": 0, "f8": 1, "f2": 2, "u1": 3, "i4": 4, "i1": 5, "i8": 6}


def array_bytes(array, version, storage=0):
    """One array as MXNet of that version writes it."""
    head = b""
    if version:
        head += struct.pack("<I", version)
    if version in (V2, V3):
        head += struct.pack("<i", storage)
    head += struct.pack("<i" if version == V3 else "<I", array.ndim)
    size = "q" if version else "I"
    for entries in array.shape:
        head += struct.pack(f"<{size}", entries)
    device, kind = struct.pack("<ii", 1, 0), struct.pack("<i", TYPE_NUMBERS[array.dtype.str[1:]])
    return head + device + kind + array.astype(array.dtype.newbyteorder("<")).tobytes()


def list_bytes(named, version):
    data = struct.pack("<QQQ", 0x112, 0, len(named))
    for array in named.values():
        data += array_bytes(array, version)
    data += struct.pack("<Q", len(named))
    for name in named:
        data += struct.pack("<Q", len(name)) + name.encode()
    return data


def read(tmp_path, data):
    path = tmp_path / "w.params"
    path.write_bytes(data)
    return read_params(path)


SMALL = {"arg:a": np.arange(6, dtype=np.float32).reshape(2, 3), "aux:b": np.array([7.0], "f8")}


@pytest.mark.parametrize("version", [LEGACY, V1, V2, V3])
def test_arrays_of_every_version_and_type_come_back(tmp_path, version):
    named = {f"arg:{kind}": np.arange(4).reshape(2, 2, 1).astype(kind) for kind in TYPE_NUMBERS}
    found = read(tmp_path, list_bytes(named, version))
    assert list(found) == list(named)
    for name, array in named.items():
        assert found[name].numpy().dtype == array.dtype
        assert np.array_equal(found[name].numpy(), array)


def test_an_empty_place_and_an_empty_array_are_no_damage(tmp_path):
    data = struct.pack("<QQQ", 0x112, 0, 2) + struct.pack("<Iii", V2, 0, 0)
    data += array_bytes(np.zeros((0, 3), np.float32), V2) + struct.pack("<Q", 2)
    data += (struct.pack("<Q", 1) + b"x") + (struct.pack("<Q", 1) + b"y")
    found = read(tmp_path, data)
    assert list(found) == ["y"] and found["y"].shape == (0, 3)


@pytest.mark.parametrize("version", [LEGACY, V1, V2, V3])
def test_a_file_that_ends_anywhere_is_refused_in_one_line(tmp_path, version):
    data = list_bytes(SMALL, version)
    assert len(read(tmp_path, data)) == 2
    for end in range(len(data)):
        with pytest.raises(UserError, match=r"w\.params cannot be read as MXNet's parameters"):
            read(tmp_path, data[:end])


@pytest.mark.parametrize("version", [LEGACY, V2])
@pytest.mark.parametrize("value", [0x00, 0x7F, 0x80, 0xFF])
def test_a_wrong_byte_anywhere_is_read_or_refused(tmp_path, version, value):
    data = list_bytes(SMALL, version)
    refused = 0
    for place in range(len(data)):
        try:
            read(tmp_path, data[:place] + bytes([value]) + data[place + 1 :])
        except UserError:
            refused += 1
    assert 10 < refused < len(data)


def refusal(tmp_path, data):
    with pytest.raises(UserError) as caught:
        read(tmp_path, data)
    return str(caught.value)


def test_absurd_numbers_are_named_and_allocate_nothing(tmp_path):
    head = struct.pack("<QQ", 0x112, 0)
    told = refusal(tmp_path, head + struct.pack("<Q", 1 << 60))
    assert f"{1 << 60} arrays" in told and str(MOST_ARRAYS) in told
    one = head + struct.pack("<Q", 1)
    assert "no array begins" in refusal(tmp_path, one + struct.pack("<I", 1000))
    wide = struct.pack("<Iii", V3, 0, 2) + struct.pack("<qq", 1 << 40, 1 << 40)
    assert f"{1 << 40} entries a dimension" in refusal(tmp_path, one + wide)
    square = struct.pack("<IIII", 3, 40, 40, 40) + struct.pack("<iii", 1, 0, 0)
    assert f"{4 * 40**3} bytes should follow" in refusal(tmp_path, one + square)
    negative = struct.pack("<Iii", V3, 0, 1) + struct.pack("<q", -1)
    assert "-1 entries a dimension" in refusal(tmp_path, one + negative)
    unknown = struct.pack("<Iii", V3, 0, -1)
    assert "-1 dimensions" in refusal(tmp_path, one + unknown)


def test_what_is_no_list_of_plain_arrays_is_refused(tmp_path):
    one = struct.pack("<QQQ", 0x112, 0, 1)
    assert "0x112" in refusal(tmp_path, b"PK" + bytes(40))
    assert "sparsely" in refusal(tmp_path, one + array_bytes(SMALL["arg:a"], V2, storage=1))
    wrong_type = array_bytes(SMALL["arg:a"], LEGACY)[:-28] + struct.pack("<i", 12) + bytes(24)
    assert "type 12" in refusal(tmp_path, one + wrong_type)
    whole = list_bytes(SMALL, V2)
    assert "1 bytes are left over" in refusal(tmp_path, whole + b"x")
    assert "1 different names" in refusal(tmp_path, whole.replace(b"aux:b", b"arg:a"))
    assert "utf-8" in refusal(tmp_path, whole.replace(b"aux:b", b"aux:\xff"))


def to_mxnet(name):
    """The name in MXNet's file, said by hand for each kind of layer."""
    block, _, rest = name.partition(".")
    leaf = rest.rpartition(".")[2]
    words = {
        "weight": "gamma",
        "bias": "beta",
        "running_mean": "moving_mean",
        "running_var": "moving_var",
    }
    prefix = "aux" if leaf.startswith("running") else "arg"
    if name == "conv1a.weight":
        return "arg:conv1a_weight"
    if block == "bn7":
        return f"{prefix}:bn7_{words[leaf]}"
    stage, _, number = block[1:].partition("_")
    place = f"{stage}b{number}" if number else f"{stage}a"
    kind, _, branch = rest.partition(".")[0].partition("_")
    if kind == "conv":
        return f"arg:res{place}_{branch}_weight"
    return f"{prefix}:bn{place}_{branch}_{words[leaf]}"


def test_names_of_mxnet_become_the_family_s():
    assert to_mxnet("b4_2.bn_branch2b1.running_var") == "aux:bn4b2_branch2b1_moving_var"
    assert to_mxnet("b6.conv_branch1.weight") == "arg:res6a_branch1_weight"
    with torch.device("meta"):
        names = [n for n in ResNet38(8).state_dict() if not n.endswith("num_batches_tracked")]
    assert [from_mxnet(to_mxnet(name)) for name in names] == names
    assert from_mxnet("arg:linear1000_weight") == "arg:linear1000_weight"


@pytest.mark.parametrize("form", ["mxnet", "published"])
def test_resnet38_reads_its_files(tmp_path, monkeypatch, form):
    """Counters of BatchNorm are in neither file; a classifier is in both."""
    monkeypatch.setitem(bodies.OWN, "resnet38", narrow_resnet38)
    source = ResNet38(8, divide=16)
    for name, value in source.state_dict().items():
        if not name.endswith("num_batches_tracked"):
            value.copy_(torch.rand_like(value))
    state = {k: v for k, v in source.state_dict().items() if not k.endswith("num_batches_tracked")}
    path = tmp_path / ("w.params" if form == "mxnet" else "w.pth")
    if form == "mxnet":
        named = {to_mxnet(name): value.numpy() for name, value in state.items()}
        named["arg:linear1000_weight"] = np.zeros((10, 4), np.float32)
        path.write_bytes(list_bytes(named, LEGACY))
    else:
        torch.save({**state, "fc8.weight": torch.zeros(20, 256, 1, 1)}, path)
    trunk = Trunk("resnet38", 8, str(path))
    for name, value in trunk.body.state_dict().items():
        assert torch.equal(value, source.state_dict()[name]), name


def test_resnet38_has_no_weights_on_the_hub_and_refuses_another_s(tmp_path, monkeypatch):
    monkeypatch.setitem(bodies.OWN, "resnet38", narrow_resnet38)
    with pytest.raises(UserError, match=r"no ImageNet weights of backbone 'resnet38'.*a file"):
        Trunk("resnet38", 8, "imagenet")
    (tmp_path / "w.params").write_bytes(list_bytes(SMALL, V2))
    with pytest.raises(UserError, match="do not fit the backbone 'resnet38'"):
        Trunk("resnet38", 8, str(tmp_path / "w.params"))
