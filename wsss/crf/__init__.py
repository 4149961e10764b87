"""The dense CRF: for a photo by the permutohedral lattice, for a grid as a matrix."""
