"""Plugins that do what plugins should not."""

import logging
import os
import subprocess
import sys

from lhp.core.base_generator import BaseActionGenerator
from phlo.plugins import PluginError

print("printed at import")
logger = logging.getLogger("noisy")


def prints(action, context):
    print("to stdout")
    sys.__stdout__.write("to the old stdout\n")
    os.write(1, b"to descriptor 1\n")
    subprocess.run([sys.executable, "-c", "print('from a child')"], check=True)
    return "x = 1\n"


def reads_input(action, context):
    return f"x = {sys.stdin.read()!r}, {os.read(0, 10)!r}\n"


def exits(action, context):
    sys.exit(3)


def interrupts(action, context):
    raise KeyboardInterrupt


def recurses(action, context):
    return recurses(action, context)


def huge(action, context):
    return "#" * 5_000_000


def unserialisable(action, context):
    return {"body": "x = 1\n", "reads": [object()]}


def wrong_type(action, context):
    return 42


def nothing(action, context):
    return None


def unknown_part(action, context):
    return {"body": "", "boddy": ""}


def rejects(action, context):
    raise PluginError("bucket is missing", code="S3-007", path="/spec/bucket", help="set `bucket`")


def value_error(action, context):
    raise ValueError("Missing required config key: api_key")


def runtime_error(action, context):
    raise RuntimeError("Connection failed") from OSError("no route")


def programming_error(action, context):
    return _inner(action)


def _inner(action):
    return action.source["nothing"] + {}["x"]


class BadText(Exception):
    def __str__(self):
        raise TypeError("no text")


def bad_exception(action, context):
    raise BadText


def surrogate(action, context):
    return "x = '\ud800'\n"


def surrogate_in_file(action, context):
    return {"body": "", "files": {"a.txt": "x\ud800"}}


def surrogate_in_error(action, context):
    raise ValueError("no file x\udcffy")


def surrogate_in_finding(action, context):
    return {"diagnostics": [{"severity": "warning", "message": "x\udcffy", "help": "\udcff"}]}


def surrogate_in_log(action, context):
    logger.info("x%sy", "\udcff")
    return ""


class surrogate_in_template(BaseActionGenerator):
    def generate(self, action, context):
        return self.render_template("x.py.j2", {"names": ["\ud800"]})


def later_part(action, context):
    return {"body": "x = 1\n", "confidence": 0.5}


def slip_in_finding(action, context):
    return {"diagnostics": [{"message": "m", "hlep": "h"}]}


def logs(action, context):
    logger.info("working on %s", action.name)
    logger.debug("not shown")
    try:
        raise OSError("gone")
    except OSError:
        logger.exception("went wrong")
    logger.info("%d", "no number")
    return ""


def floods(action, context):
    for number in range(5000):
        logger.info("record %d", number)
    return ""


def dies(action, context):
    os._exit(7)


async def asynchronous(action, context):
    return f"{action.target} = 1\n"


def one_argument(action):
    return {"body": f"{action.target} = 1\n", "imports": {"import b", "import a"}, "helpers": {"h": "y = 2\n"}}


class Full(BaseActionGenerator):
    """Uses everything that the base class has."""

    def generate(self, action, context):
        self.add_import("import b")
        self.add_import("import a")
        self.add_import("import b")
        self.add_pre_pipeline("import os")
        self.add_helper("h", "x = 1\n")
        self.add_file("a/b.txt", "text")
        self.add_reads("t1")
        self.add_writes("t2")
        self.add_defines(action.target)
        self.add_diagnostic("take care", code="F-1", path="/spec/format")
        text = self.read_file("schemas/orders.yaml")
        return f"{action.target} = {text!r}\n"


class NoSuper(BaseActionGenerator):
    def __init__(self):
        pass

    def generate(self, action, context):
        self.add_reads("t")
        return "x = 1\n"


class Renders(BaseActionGenerator):
    def generate(self, action, context):
        return self.render_template("load/x.py.j2", {"target": action.target}, more={1, 2})


class Context(BaseActionGenerator):
    def generate(self, action, context):
        assert action.anything_else is None and action.get("x") is None and "source" in action
        assert action.type == "load" and action.type.value == "load"
        assert isinstance(context, dict) and context["flowgroup"] == "orders" and context.flowgroup.pipeline == "bronze"
        assert context["spec_dir"] is None and context["preset_config"] == {}
        assert context["project_config"].name == "demo"
        assert context["substitution_manager"].substitute("a${x}") == "a${x}"
        try:
            context["flowgroup"].pipeline = "other"
        except AttributeError:
            return "x = 1\n"
        raise AssertionError("could be changed")
