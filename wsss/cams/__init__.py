"""Class activation maps: exported over scales and mirror images, refined, or read from files."""
