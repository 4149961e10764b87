"""Sparse seeds from score maps, and the networks that train on them while the seeds stay or
grow.
"""
