"""Weights of losses that would empty all maps if they were there from the start."""


def rising(weight: float, ramp: float, progress: float) -> float:
    """A weight at `progress`, the finished share of the training: `weight`, after a linear rise
    from 0 over the share `ramp`.
    """
    if not ramp:
        return weight
    return weight * min(1.0, progress / ramp)
