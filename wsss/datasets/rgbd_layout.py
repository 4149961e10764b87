"""The layout of a folder of photos with depth (docs/adding-a-dataset.md#photos-with-depth)."""

FOLDERS = ("images", "depth", "labels", "poses", "cameras")
"""the folders; each has a file for each photo, with its name"""
FILES = ("classes.txt", "train.txt", "val.txt", "scenes.txt", "camera.json", "boxes.json")
"""the files beside them"""
