"""Parts of scripts/generate.py: the description and one module per output language."""
