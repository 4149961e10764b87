"""Dicts of arrays out of .npy files: what numpy wrote is read, nothing that stands there is run."""

import os
import pickle
import pickletools
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wsss.data.npy import read_npy, read_npz
from wsss.data.pickled import read_pickled
from wsss.run.errors import UserError

fuzzed = settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
damage = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=6)
"""places in a file, and what stands there instead"""
HEADER = (
    b"\x93NUMPY\x01\x00\x76\x00"
    + b"{'descr': '|O', 'fortran_order': False, 'shape': (), }".ljust(117)
    + b"\n"
)
PROTO, STOP = b"\x80\x04", b"."


def content():
    """What published code saves, and what a careless loop makes of it."""
    rng = np.random.default_rng(0)
    return {
        0: rng.random((4, 5), np.float32),
        np.int64(14): np.asfortranarray(rng.random((3, 4))),
        "keys": np.arange(3),
        "none": np.zeros((0, 3)),
        "half": np.ones((2, 2), ">f2"),
    }


def check_equal(found, expected):
    assert list(found) == list(expected)
    for key, array in expected.items():
        assert np.array_equal(found[key], array) and found[key].dtype == array.dtype


class Attack:
    """An object whose unpickling makes a folder."""

    def __init__(self, path):
        self.path = str(path)

    def __reduce__(self):
        return (os.mkdir, (self.path,))


@pytest.mark.parametrize("protocol", range(2, 6))
@pytest.mark.parametrize("wrapped", [False, True])
def test_saved_dict_of_arrays_is_read_back(protocol, wrapped):
    saved = np.array(content()) if wrapped else content()
    check_equal(read_pickled(pickle.dumps(saved, protocol=protocol)), content())


def test_arrays_and_archives_of_numpy_are_read(tmp_path):
    np.save(tmp_path / "dict.npy", content())
    check_equal(read_npy(tmp_path / "dict.npy"), content())
    rows = np.arange(6.0).reshape(2, 3)
    for array in (rows, np.asfortranarray(rows), np.float32(2)):
        np.save(tmp_path / "array.npy", array)
        assert np.array_equal(read_npy(tmp_path / "array.npy"), array)
    np.savez_compressed(tmp_path / "a.npz", cat=np.ones(3), dog=np.zeros((2, 2), np.uint8))
    check_equal(
        read_npz(tmp_path / "a.npz"), {"cat": np.ones(3), "dog": np.zeros((2, 2), np.uint8)}
    )


def test_files_written_by_python_2_are_read():
    old = (
        b"\x80\x02}K\x03cnumpy.core.multiarray\n_reconstruct\n"
        b"cnumpy\nndarray\nK\x00\x85U\x01b\x87R"
        b"(K\x01K\x01K\x02\x86cnumpy\ndtype\nU\x02f4K\x00K\x01\x87R"
        b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
        b"\x89U\x08\x00\x00\x80?\x00\x00\x00@tbs."
    )
    check_equal(read_pickled(old), pickle.loads(old, encoding="latin1"))


@pytest.mark.parametrize("protocol", range(2, 6))
def test_code_in_a_pickle_is_reported_and_not_run(protocol, tmp_path):
    data = pickle.dumps({0: np.ones((2, 2)), 1: Attack(tmp_path / "done")}, protocol=protocol)
    with pytest.raises(ValueError, match=r"names '(posix|nt)\.mkdir'"):
        read_pickled(data)
    assert not (tmp_path / "done").exists()


def test_error_for_os_system_names_the_file(tmp_path):
    attack = PROTO + b"cos\nsystem\n(\x8c\x0eexit 1; echo a tR" + STOP
    for name, data in (("a.npy", HEADER + attack), ("b.npy", attack)):
        (tmp_path / name).write_bytes(data)
        with pytest.raises(UserError, match=name):
            read_npy(tmp_path / name)
    with pytest.raises(ValueError, match=r"os\.system"):
        read_pickled(PROTO + b"cos\nsystem\n" + STOP)
    with pytest.raises(ValueError, match="damaged"):
        read_pickled(PROTO + b"cnumpy\nndarray\n\x8c\x01a\x85R" + STOP)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"(K\x01K\x02l.", "opcode LIST"),
        (b"K\x01\x81.", "opcode NEWOBJ"),
        (b"\x82\x01.", "opcode EXT1"),
        (b"\x8c\x01aQ.", "opcode BINPERSID"),
        (b"\x97.", "opcode NEXT_BUFFER"),
        (b"}2.", "opcode DUP"),
        (b"(i__main__\nA\n.", "opcode INST"),
        (b"K\x01.", "type int"),
        (b"]].", "damaged"),
        (b"h\x07.", "damaged"),
        (b"t.", "damaged"),
        (b"\x86.", "damaged"),
        (b"}K\x01K\x01s.", "entry '1' is a value of type int"),
        (b"})K\x01s.", "type tuple for a key"),
        (b"}", r"damaged \(.*STOP"),
        (b"", r"damaged \(.*STOP"),
        (b"}K\x01b.", "damaged"),
    ],
)
def test_pickle_of_other_types_is_refused_by_name(body, words):
    with pytest.raises(ValueError, match=words):
        read_pickled(PROTO + body)


def test_other_pickle_protocols_are_refused_by_name():
    with pytest.raises(ValueError, match="protocol 6"):
        read_pickled(b"\x80\x06}.")


def test_nested_structures_are_refused_without_much_memory():
    deep = b")" + b"\x85" * 300_000
    doubled = b")" + b"".join(b"\x94h%c\x86" % n for n in range(100))
    for bomb in (deep, doubled):
        with pytest.raises(ValueError, match="type tuple for a key"):
            read_pickled(PROTO + b"}" + bomb + b"K\x01s" + STOP)
    with pytest.raises(ValueError, match="type list"):
        read_pickled(PROTO + b"]\x94h\x00a" + STOP)


def test_repeated_memo_entries_are_refused_without_much_memory():
    with pytest.raises(ValueError, match="type int"):
        read_pickled(PROTO + b"K\x01r\xff\xff\xff\xff" + STOP)
    text = b"X" + (10_000).to_bytes(4, "little") + b"a" * 10_000
    once = b"c_codecs\nencode\n" + text + b"q\x00X\x06\x00\x00\x00latin1q\x01\x86R"
    again = b"c_codecs\nencode\nh\x00h\x01\x86R"
    with pytest.raises(ValueError, match="same string again"):
        read_pickled(b"\x80\x02" + once + again * 50 + STOP)


def test_huge_declared_sizes_are_refused(tmp_path):
    data = pickle.dumps({0: np.ones((2, 3), np.float32)}, protocol=4)
    assert data.count(b"K\x02K\x03\x86") == 1
    huge = b"J\xff\xff\xff\x7fJ\xff\xff\xff\x7f\x86"
    with pytest.raises(ValueError, match="24 bytes"):
        read_pickled(data.replace(b"K\x02K\x03\x86", huge))
    with pytest.raises(ValueError, match="shape"):
        read_pickled(data.replace(b"K\x02K\x03\x86", b"J\xff\xff\xff\xffK\x03\x86"))
    with pytest.raises(ValueError, match="expected"):
        read_pickled(PROTO + b"\x8e" + (2**62).to_bytes(8, "little") + b"abc" + STOP)
    np.save(tmp_path / "a.npy", np.ones((2, 3)))
    whole = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(whole.replace(b"(2, 3), ", b"(999999999, 99999), "))
    with pytest.raises(UserError, match=r"a\.npy"):
        read_npy(tmp_path / "a.npy")


def test_an_archive_that_unpacks_to_too_much_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("wsss.data.npy.LARGEST", 1000)
    np.savez_compressed(tmp_path / "a.npz", cat=np.zeros((100, 100)))
    with pytest.raises(UserError, match=r"a\.npz.*more than"):
        read_npz(tmp_path / "a.npz")


def test_archives_hold_arrays_of_numbers_only(tmp_path):
    np.savez(tmp_path / "a.npz", cat=np.array({0: np.ones(2)}))
    with pytest.raises(UserError, match=r"a\.npz.*a dict"):
        read_npz(tmp_path / "a.npz")
    with zipfile.ZipFile(tmp_path / "b.npz", "w") as file:
        file.writestr("cat.npy", b"nothing")
    with pytest.raises(UserError, match=r"b\.npz.*no \.npy"):
        read_npz(tmp_path / "b.npz")


def is_read(read, path):
    """What a reader gives; None where it refuses the file by its name on one line."""
    try:
        found = read(path)
    except UserError as error:
        assert path.name in str(error) and "\n" not in str(error)
        return None
    return found


@fuzzed
@given(changes=damage, protocol=st.integers(2, 5), length=st.integers(0, 2000))
def test_damaged_dict_of_arrays_is_read_or_refused(changes, protocol, length, tmp_path):
    data = bytearray(pickle.dumps(np.array(content()), protocol=protocol))
    for place, byte in changes:
        data[place % len(data)] = byte
    (tmp_path / "a.npy").write_bytes(HEADER + bytes(data[: length or None]))
    found = is_read(read_npy, tmp_path / "a.npy")
    assert found is None or all(isinstance(array, np.ndarray) for array in found.values())


CODES = sorted(opcode.code.encode("latin-1") for opcode in pickletools.opcodes)
PIECES = [
    *CODES,
    b"cos\nsystem\n",
    b"cbuiltins\neval\n",
    b"\x8c\x021+",
    b"K\x01",
    b"h\x00",
    b"}",
    b"cnumpy\ndtype\n",
    b"cnumpy.core.multiarray\n_reconstruct\n",
]


@fuzzed
@given(parts=st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=20))
def test_any_sequence_of_opcodes_is_read_or_refused(parts, tmp_path, monkeypatch):
    def run(*_):
        raise AssertionError("the file was run")

    monkeypatch.setattr(os, "system", run)
    monkeypatch.setattr("builtins.eval", run)
    (tmp_path / "a.npy").write_bytes(HEADER + PROTO + b"".join(parts) + STOP)
    found = is_read(read_npy, tmp_path / "a.npy")
    assert found is None or isinstance(found, dict)


@fuzzed
@given(changes=damage)
def test_damaged_arrays_and_archives_are_read_or_refused(changes, tmp_path):
    np.save(tmp_path / "a.npy", np.arange(6.0))
    np.savez_compressed(tmp_path / "a.npz", cat=np.ones((3, 3)))
    for read, name in ((read_npy, "a.npy"), (read_npz, "a.npz")):
        data = bytearray((tmp_path / name).read_bytes())
        for place, byte in changes:
            data[place % len(data)] = byte
        (tmp_path / name).write_bytes(data)
        is_read(read, tmp_path / name)
