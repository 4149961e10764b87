"""The dataset of a configuration, a class for each kind: where its photos come from, which jobs
make them and their index, and whether the index is up to date.
"""
