"""JSON whose values are written one by one."""

import pytest

from wsss.run.files import json_text
from wsss.run.json_lists import write_json_list, write_json_lists


@pytest.mark.parametrize("values", [[], [1], [{"a": [1, 2]}, {}, "é\n"]])
def test_a_list_is_written_as_it_would_be_whole(values, tmp_path):
    write_json_list(tmp_path / "a.json", iter(values))
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == json_text(values)


@pytest.mark.parametrize("lists", [{}, {"a": []}, {"a": [{"b": [1]}, 2], 'c "d"': [], "e": [[]]}])
def test_an_object_of_lists_is_written_as_it_would_be_whole(lists, tmp_path):
    write_json_lists(tmp_path / "a.json", {name: iter(values) for name, values in lists.items()})
    assert (tmp_path / "a.json").read_text(encoding="utf-8") == json_text(lists)


def test_lists_are_read_in_their_order(tmp_path):
    later = []

    def fill():
        for value in (1, 2):
            later.append(value)
            yield value

    write_json_lists(tmp_path / "a.json", {"first": fill(), "later": later})
    assert (tmp_path / "a.json").read_text() == json_text({"first": [1, 2], "later": [1, 2]})


def test_a_list_that_breaks_off_leaves_no_file(tmp_path):
    def values():
        yield 1
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        write_json_list(tmp_path / "a.json", values())
    assert not list(tmp_path.iterdir())
