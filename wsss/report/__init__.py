"""Scores, costs and pictures of recipes, as tables, JSON and an HTML report."""
