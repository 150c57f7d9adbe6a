"""Regression lists: tests as data, their runs, verdicts and reports; used by scripts/regress."""
