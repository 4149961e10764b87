"""Points of scenes from photos with depth, their objectness, and its projection into photos."""
