"""`python -I -u DIRECTORY`: the worker, if `lhp` has put this directory on the disk."""

from lhp_plugin_sdk.worker import main

main()
