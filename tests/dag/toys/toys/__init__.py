"""Methods of a few lines, in the shapes of published systems, that a test adds to a copy of the
project.
"""
