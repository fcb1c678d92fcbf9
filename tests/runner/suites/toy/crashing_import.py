"""A module that crashes when it is imported."""

import os

os._exit(9)
