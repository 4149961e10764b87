"""Sparse seeds from score maps, and networks trained on them: SEC, with fixed seeds, and DSRG,
whose seeds grow during the training.
"""
