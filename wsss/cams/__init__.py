"""Class activation maps: exported over scales and mirror images, normalised, refined."""
