"""Networks: trunks at a given output stride, heads, inference, and models on disk."""
