"""Segmentation networks trained on label maps, and their predictions."""
