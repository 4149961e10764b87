"""Networks: timm trunks at a chosen output stride, the heads on them, and models on disk."""
