"""A line says for which classes ImageNet's own classifier can start a recipe."""

from wsss.classify.imagenet_hint import hint_at_best

TARGET = "results/best/pets_masks"


def test_line_counts_the_known_classes_and_names_the_others():
    line = hint_at_best(["cat", "dogs", "gnome", "Kit-Fox"], TARGET)
    assert "3 of the 4 classes, but not gnome;" in line and line.endswith(TARGET)
    assert "knows all classes; the recipe best" in hint_at_best(["cat", "dog"], TARGET)


def test_line_names_eight_classes_at_most():
    unknown = [f"gnome {chr(97 + n)}" for n in range(10)]
    line = hint_at_best(["cat", "dog", "bird", "horse", "car", "bus", "cow"] * 2 + unknown, TARGET)
    assert "14 of the 24 classes, but not gnome a," in line and "gnome h and 2 more;" in line


def test_no_line_where_half_of_the_classes_are_unknown():
    assert hint_at_best(["cat", "gnome"], TARGET) is None
    assert hint_at_best(["person"], TARGET) is None
