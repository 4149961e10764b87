"""Planning: from settings and recipes to chains of steps, their folders and their Snakemake jobs.

Imports neither torch nor any method.
"""
