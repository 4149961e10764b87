"""The one training loop, its optimisers, and augmentation that is a function of (seed, epoch,
photo).
"""
