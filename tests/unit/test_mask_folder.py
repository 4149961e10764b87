"""Photos that are named without a table, and folders of masks that are made one by one."""

import pytest

from wsss.brought.account import Account
from wsss.brought.given_photos import find_photos, name_masks
from wsss.export.mask_folder import MADE_BY, TABLE, Made, MaskFolder, claim
from wsss.run.errors import UserError

NETWORK = {"model": "f1", "settings": {"flip": True, "scales": [1.0]}}


def write(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def row_of(photo, size_and_time="1 2"):
    return Made(photo, f"{photo}.png", "cat;dog", "0.912", size_and_time)


def test_photos_are_found_below_folders_and_by_themselves(tmp_path):
    write(tmp_path / "in", "b/1.jpg", "a.PNG", "notes.txt", "b/raw.nef", ".hidden.jpg")
    write(tmp_path, "alone.webp", "in/out/made.png")
    account = Account()
    given = [tmp_path / "in", tmp_path / "alone.webp"]
    photos = find_photos(given, [tmp_path / "in/out"], account)
    assert [photo.name for photo in photos] == ["a.PNG", "alone.webp", "b/1.jpg"]
    told = "\n".join(account.problem_lines())
    assert "(.nef 1)" in told and "b/raw.nef" in told and "notes.txt" in told


def test_a_path_that_is_not_there_and_two_photos_of_one_name_are_refused(tmp_path):
    write(tmp_path, "a/1.jpg", "b/1.jpg", "c/notes.txt")
    with pytest.raises(UserError, match=r"no photo and no folder .*missing"):
        find_photos([tmp_path / "missing"], [], Account())
    with pytest.raises(UserError, match=r"2 photos .* called 1\.jpg"):
        find_photos([tmp_path / "a", tmp_path / "b"], [], Account())
    with pytest.raises(UserError, match=r"no photo in .*notes\.txt"):
        find_photos([tmp_path / "c"], [], Account())


def test_masks_have_the_names_of_photos_and_never_one_name_twice(tmp_path):
    write(tmp_path, "a.jpg", "a.png", "A.webp", "b/a.jpg", "c.d.jpg")
    names = name_masks(find_photos([tmp_path], [], Account()))
    assert {photo.name: mask for photo, mask in names.items()} == {
        "A.webp": "A.png",
        "a.jpg": "a.jpg.png",
        "a.png": "a.png.png",
        "b/a.jpg": "b/a.png",
        "c.d.jpg": "c.d.png",
    }


def test_no_mask_has_the_name_of_a_folder_of_masks(tmp_path):
    """To write it would delete the folder; the same of what is written with masks."""
    write(tmp_path, "a.png/b.jpg", "a.jpg", "a.webp", "x.jpg/y.png", "X.webp")
    names = name_masks(find_photos([tmp_path], [], Account()))
    assert {photo.name: mask for photo, mask in names.items()} == {
        "X.webp": "X.webp.png",
        "a.jpg": "a.jpg.png",
        "a.png/b.jpg": "a.png/b.png",
        "a.webp": "a.webp.png",
        "x.jpg/y.png": "x.jpg/y.png",
    }


def test_only_masks_of_unchanged_photos_count_as_made(tmp_path):
    masks = MaskFolder(tmp_path / "out", NETWORK)
    write(tmp_path / "out", "1.jpg.png", "2.jpg.png")
    masks.add(row_of("1.jpg"))
    masks.add(row_of("2.jpg"))
    again = MaskFolder(tmp_path / "out", NETWORK)
    assert again.has("1.jpg", "1.jpg.png", "1 2")
    assert not again.has("1.jpg", "1.jpg.png", "1 3")  # the photo was replaced
    assert not again.has("1.jpg", "1.png", "1 2")
    assert not again.has("3.jpg", "3.jpg.png", "1 2")
    assert not again.has("1.jpg", "1.jpg.png", "1 2", [tmp_path / "overlay.jpg"])
    (tmp_path / "out/2.jpg.png").unlink()
    assert not again.has("2.jpg", "2.jpg.png", "1 2")


def test_a_line_that_a_kill_cut_off_is_made_again(tmp_path):
    masks = MaskFolder(tmp_path / "out", NETWORK)
    write(tmp_path / "out", "1.jpg.png", "2.jpg.png")
    for name in ("1.jpg", "2.jpg"):
        masks.add(row_of(name))
    table = tmp_path / "out" / TABLE
    whole = table.read_bytes()
    for length in range(len(whole) - 8, len(whole) - 20, -1):
        table.write_bytes(whole[:length])
        again = MaskFolder(tmp_path / "out", NETWORK)
        assert again.has("1.jpg", "1.jpg.png", "1 2")
        assert not again.has("2.jpg", "2.jpg.png", "1 2")
        again.add(row_of("2.jpg"))
        assert MaskFolder(tmp_path / "out", NETWORK).has("2.jpg", "2.jpg.png", "1 2")


def test_masks_of_another_network_and_other_files_are_refused_by_name(tmp_path):
    MaskFolder(tmp_path / "out", NETWORK)
    MaskFolder(tmp_path / "out", {**NETWORK})
    with pytest.raises(UserError, match="made with another model; name another folder"):
        claim(tmp_path / "out", {**NETWORK, "model": "f2"})
    with pytest.raises(UserError, match="made with another flip"):
        claim(tmp_path / "out", {**NETWORK, "settings": {"flip": False, "scales": [1.0]}})
    write(tmp_path / "mine", "1.png")
    with pytest.raises(UserError, match="files that this command did not make"):
        MaskFolder(tmp_path / "mine", NETWORK)
    assert not (tmp_path / "mine" / MADE_BY).exists()
    write(tmp_path, "file")
    with pytest.raises(UserError, match="is a file"):
        claim(tmp_path / "file", NETWORK)
