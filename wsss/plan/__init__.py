"""Planning: settings and recipes in, chains of stages and their folders out.

Imports neither torch nor any method.
"""
