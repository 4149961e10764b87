"""Writes the tags of photos in every format that is read: each function makes a file or folder."""

import csv
import json
from pathlib import Path

Tags = dict[str, tuple[str, ...]]
"""the path of a photo below its folder -> its tags"""


def classes_of(tags: Tags) -> list[str]:
    return sorted({tag for of_photo in tags.values() for tag in of_photo})


def write_rows(path, rows, separator=",", encoding="utf-8"):
    with path.open("w", newline="", encoding=encoding) as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    return path


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    return path


def semicolons(folder, tags):
    rows = [[photo, ";".join(found), 640] for photo, found in tags.items()]
    return write_rows(folder / "t.csv", [["image", "labels", "width"], *rows])


def semicolons_between_cells(folder, tags):
    rows = [[photo, ", ".join(found), "0,95"] for photo, found in tags.items()]
    return write_rows(folder / "t.csv", [["file_name", "tags", "score"], *rows], ";")


def bars_in_utf16(folder, tags):
    rows = [["|".join(found), photo] for photo, found in tags.items()]
    return write_rows(folder / "t.tsv", [["class", "path"], *rows], "\t", "utf-16")


def no_header(folder, tags):
    return write_rows(folder / "t.csv", [[photo, *found] for photo, found in tags.items()])


def titles_and_repeated_header(folder, tags):
    header = [["image", "labels"]]
    rows = [[photo, ";".join(found)] for photo, found in tags.items()]
    rows = [["# made by hand, in 2024"], [], *header, *rows[:3], *header, *rows[3:]]
    return write_rows(folder / "t.csv", rows)


def one_hot(folder, tags):
    names = classes_of(tags)
    rows = [[photo, *(int(name in found) for name in names)] for photo, found in tags.items()]
    return write_rows(folder / "t.csv", [["filename", *names], *rows])


def minus_one_and_blanks(folder, tags):
    """As CelebA has it: the number of photos, the classes, and a line for each photo."""
    names = [name.replace(" ", "") for name in classes_of(tags)]
    if any(" " in text for text in (*tags, *classes_of(tags))):
        return None
    lines = [str(len(tags)), " ".join(names)]
    for photo, found in tags.items():
        lines.append(" ".join([photo, *("1 " if name in found else "-1" for name in names)]))
    (folder / "list.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "list.txt"


def blanks(folder, tags):
    if any(" " in text for text in (*tags, *classes_of(tags))):
        return None
    lines = [" ".join([photo, *found]) for photo, found in tags.items()]
    (folder / "t.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "t.txt"


def row_for_each_tag(folder, tags):
    rows = [[photo, tag] for photo, found in tags.items() for tag in found or [""]]
    return write_rows(folder / "t.csv", [["photo", "label"], *rows])


def open_images(folder, tags):
    """A row for each photo and class, with a confidence of 0 where the class is absent."""
    rows = []
    for photo, found in tags.items():
        rows += [[photo, "human", name, int(name in found)] for name in classes_of(tags)]
    return write_rows(folder / "t.csv", [["ImageID", "Source", "LabelName", "Confidence"], *rows])


def automl(folder, tags):
    rows = [["UNASSIGNED", f"gs://bucket/{photo}", *found] for photo, found in tags.items()]
    width = max(map(len, rows))
    rows = [row + [""] * (width - len(row)) for row in rows]
    return write_rows(folder / "t.csv", rows)


def lists_of_python(folder, tags):
    rows = [[photo, str(list(found))] for photo, found in tags.items()]
    return write_rows(folder / "t.csv", [["image", "labels"], *rows])


def lists_of_json(folder, tags):
    rows = [[photo, json.dumps(found)] for photo, found in tags.items()]
    return write_rows(folder / "t.csv", [["image", "labels"], *rows])


def json_of_objects(folder, tags):
    objects = [{"image": photo, "labels": found, "width": 3} for photo, found in tags.items()]
    return write_json(folder / "t.json", objects)


def json_of_photos(folder, tags):
    return write_json(folder / "t.json", tags)


def json_lines(folder, tags):
    """As of Hugging Face, with the boxes of objects."""
    lines = []
    for photo, found in tags.items():
        objects = {"bbox": [[1, 2, 3, 4] for _ in found], "categories": found}
        lines.append(json.dumps({"file_name": photo, "objects": objects}))
    (folder / "metadata.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder / "metadata.jsonl"


def vertex(folder, tags):
    lines = []
    for photo, found in tags.items():
        named = [{"displayName": name} for name in found]
        lines.append(json.dumps({"imageGcsUri": photo, "classificationAnnotations": named}))
    (folder / "t.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder / "t.jsonl"


def fiftyone(folder, tags):
    names = classes_of(tags)
    numbers = {photo: [names.index(tag) for tag in found] for photo, found in tags.items()}
    return write_json(folder / "labels.json", {"classes": names, "labels": numbers})


def excel(folder, tags):
    """The table on the second sheet, below a title."""
    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["read", "the second sheet"])
    sheet = book.create_sheet("tags")
    sheet.append(["Photos of the summer"])
    sheet.append(["image", "labels"])
    for photo, found in tags.items():
        sheet.append([photo, ";".join(found)])
    book.save(folder / "t.xlsx")
    return folder / "t.xlsx"


def excel_with_merged_cells(folder, tags):
    """The photos of one set of tags share a merged cell."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["labels", "image"])
    alike = {}
    for photo, found in tags.items():
        alike.setdefault(found, []).append(photo)
    for found, photos in alike.items():
        for number, photo in enumerate(photos):
            sheet.append([None if number else ";".join(found), photo])
        sheet.merge_cells(
            start_row=sheet.max_row - len(photos) + 1,
            end_row=sheet.max_row,
            start_column=1,
            end_column=1,
        )
    book.save(folder / "t.xlsx")
    return folder / "t.xlsx"


def coco(folder, tags, name_of="file_name"):
    names = classes_of(tags)
    images = [{"id": number, name_of: photo} for number, photo in enumerate(tags)]
    found = []
    for number, of_photo in enumerate(tags.values()):
        for tag in of_photo:
            found.append({"image_id": number, "category_id": str(7 * names.index(tag))})
    categories = [{"id": 7 * number, "name": f"{name} "} for number, name in enumerate(names)]
    data = {"images": images, "categories": categories, "annotations": found}
    return write_json(folder / "coco" / "t.json", data)


def folder_of_coco(folder, tags):
    return coco(folder, tags).parent


def lvis(folder, tags):
    return coco(folder, tags, "coco_url")


def voc(folder, tags):
    for photo, found in tags.items():
        objects = "".join(f"<object><name>{tag}</name></object>" for tag in found)
        path = (folder / "xml" / photo).with_suffix(".xml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"<annotation>{objects}</annotation>", encoding="utf-8")
    return folder / "xml"


def cvat(folder, tags):
    images = []
    for photo, found in tags.items():
        shapes = "".join(f'<tag label="{tag}"/>' for tag in found)
        images.append(f'<image name="{photo}">{shapes}</image>')
    text = f"<annotations><version>1.1</version>{''.join(images)}</annotations>"
    (folder / "annotations.xml").write_text(text, encoding="utf-8")
    return folder / "annotations.xml"


def labelme(folder, tags):
    for photo, found in tags.items():
        shapes = [{"label": tag, "shape_type": "polygon", "points": []} for tag in found[:1]]
        flags = {**dict.fromkeys(found[1:], True), "blurred": False}
        path = (folder / "json" / photo).with_suffix(".json")
        write_json(path, {"shapes": shapes, "flags": flags, "imagePath": "..\\a\\stale.jpg"})
    return folder / "json"


def label_studio(folder, tags):
    tasks = []
    for photo, found in tags.items():
        results = [{"type": "choices", "value": {"choices": found[:1]}}] if found else []
        for tag in found[1:]:
            box = {"x": 1.5, "rotation": 0, "rectanglelabels": [tag]}
            results.append({"type": "rectanglelabels", "value": box})
        results.append({"type": "textarea", "value": {"text": ["a note"]}})
        made = [{"result": results}, {"was_cancelled": True, "result": [{"value": {"x": 1}}]}]
        tasks.append({"id": 1, "data": {"image": f"/data/{photo}"}, "annotations": made})
    return write_json(folder / "t.json", tasks)


def label_studio_table(folder, tags):
    rows = []
    for photo, found in tags.items():
        boxes = [{"x": 1, "y": 2, "rectanglelabels": [tag]} for tag in found]
        rows.append([1, "2024-01-01", photo, json.dumps(boxes) if boxes else "", 3.5])
    header = ["annotation_id", "created_at", "image", "label", "lead_time"]
    return write_rows(folder / "t.csv", [header, *rows])


def via(folder, tags):
    photos = {}
    for photo, found in tags.items():
        regions = [{"region_attributes": {"animal": tag}} for tag in found]
        photos[f"{photo}2048"] = {"filename": photo, "regions": regions, "file_attributes": {}}
    return write_json(folder / "t.json", {"_via_settings": {}, "_via_img_metadata": photos})


def via_table(folder, tags):
    rows = []
    for photo, found in tags.items():
        for number, tag in enumerate(found or [None]):
            chosen = {"kind": {name: name == tag for name in classes_of(tags)}} if tag else {}
            cells = [photo, 2048, "{}", len(found), number, '{"name":"rect"}', json.dumps(chosen)]
            rows.append(cells)
    header = ["filename", "file_size", "file_attributes", "region_count", "region_id"]
    header += ["region_shape_attributes", "region_attributes"]
    return write_rows(folder / "t.csv", [header, *rows])


FORMATS = (
    semicolons, semicolons_between_cells, bars_in_utf16, no_header, titles_and_repeated_header,
    one_hot, minus_one_and_blanks, blanks, row_for_each_tag, open_images, automl, lists_of_python,
    lists_of_json, json_of_objects, json_of_photos, json_lines, vertex, fiftyone, excel,
    excel_with_merged_cells, coco, folder_of_coco, lvis, voc, cvat, labelme, label_studio,
    label_studio_table, via, via_table,
)  # fmt: skip
"""functions of a folder and tags; each returns what it wrote, or None where names have blanks that
the format cannot hold
"""


def link_into_class_folders(photos: Path, tags: Tags, root: Path) -> Tags:
    """Link the photos of a single tag below `root`, in a folder for each class."""
    single = {photo: found for photo, found in tags.items() if len(found) == 1}
    for number, (photo, (tag,)) in enumerate(single.items()):
        place = root / ("val" if number % 3 == 0 else "train") / tag
        place.mkdir(parents=True, exist_ok=True)
        (place / Path(photo).name).symlink_to((photos / photo).resolve())
    return single
