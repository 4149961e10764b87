"""The dense CRF: with the permutohedral lattice for photos, with a full matrix for small grids."""
