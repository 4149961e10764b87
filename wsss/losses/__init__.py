"""Losses that several methods share: arrays in, a number out."""
