"""A line says from which classes of ImageNet's own classifier the class maps start."""

from wsss.classify.imagenet_hint import OTHER_LOOK, hint_at_imagenet


def test_line_counts_the_known_classes_and_names_the_others():
    line = hint_at_imagenet(["cat", "dogs", "gnome", "Kit-Fox"])
    assert "knows 3 of the 4 classes, but not gnome;" in line and line.endswith(OTHER_LOOK)
    assert "knows all classes;" in hint_at_imagenet(["cat", "dog"])


def test_line_names_eight_classes_at_most():
    unknown = [f"gnome {chr(97 + n)}" for n in range(10)]
    line = hint_at_imagenet(["cat", *unknown])
    assert "1 of the 11 classes, but not gnome a," in line and "gnome h and 2 more;" in line


def test_no_line_where_all_classes_are_unknown():
    assert hint_at_imagenet(["gnome", "person"]) is None
