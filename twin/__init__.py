"""A simulation engine for industrial parks."""

__version__ = "0.1.0"
