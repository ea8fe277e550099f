"""Stands in for the real package, so that the example works wherever there is Python.

Only code is generated here, and nothing of boto3 is used for that. Without this file `validate_environment` looks for the
real package in the environment of the project.
"""

__version__ = "1.26.0"
