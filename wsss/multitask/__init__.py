"""Networks that learn tags, saliency and segmentation at once, and the maps that they refine."""
