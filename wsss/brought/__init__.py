"""What people bring: photos, tables of tags, strokes, clicks, boxes, areas and masks in the
formats of many tools. All of it is read with an account of what was found and what is wrong.
"""
