"""Losses that several methods share: functions from tensors to a scalar."""
