"""The kinds of datasets: VOC, COCO, folders of photos, photos with depth, and the drawn ones. Each
makes an index of photos.
"""
