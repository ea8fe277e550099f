"""A plugin that changes what it shares with others."""

import builtins
import importlib
import json
import logging
import os
import signal
import sys

os.environ["MINE"] = "mine"
sys.path.append("/mine")
sys.setrecursionlimit(3000)


class Finder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        return None


sys.meta_path.insert(0, Finder)


def own(action, context):
    finder = sys.meta_path[0] is Finder
    return f"{os.environ['MINE']} {'/mine' in sys.path} {finder} {sys.getrecursionlimit()}"


def imports(action, context):
    import elsewhere

    return elsewhere.__name__


def finders(action, context):
    return repr([getattr(finder, "__name__", type(finder).__name__) for finder in sys.meta_path])


def breaks(action, context):
    def refuse(*_, **__):
        raise RuntimeError("broken by a neighbour")

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, 0.05)
    os.chdir(os.path.dirname(os.path.abspath(__file__)))
    os.environ.clear()
    json.dumps = json.loads = importlib.import_module = refuse
    sys.stdout = sys.stderr = None
    logging.disable(logging.CRITICAL)
    logging.getLogger().handlers.clear()
    sys.setrecursionlimit(200)
    for name in ("json", "os", "traceback", "lhp_plugin_sdk.worker.answers"):
        sys.modules[name] = None
    for name in ("asyncio", "wave"):
        sys.modules[name] = None
    sys.modules["made_up"] = type(sys)("made_up")
    sys.path_hooks.clear()
    sys.meta_path.clear()
    sys.path = None
    builtins.__import__ = refuse
    return "x = 1\n"
