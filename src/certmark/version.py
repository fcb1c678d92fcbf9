"""The version of the software, in a place of its own: whoever needs it needs nothing else."""

__version__ = "0.1.0"
