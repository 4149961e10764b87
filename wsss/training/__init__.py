"""The training loop that all networks share, with batches, augmentation, optimisers, checkpoints
and several processes. What a step sees depends on the seed and the step alone.
"""
