"""A plugin that needs what others may have broken."""

import signal


async def works(action, context):
    import json
    import os
    import sys

    sys.modules.pop("sndhdr", None)
    for name in ("colorsys", "fractions"):
        sys.modules.pop(name, None)
    import asyncio
    import colorsys
    import fractions

    from lhp.plugin.effects import log

    await asyncio.sleep(0)
    try:
        import made_up

        return made_up.__name__
    except ModuleNotFoundError:
        pass

    handler = signal.getsignal(signal.SIGTERM)
    shown = [colorsys.__name__, fractions.__name__, log.__name__, len(json.dumps({"a": 1})), os.getcwd()]
    rest = [sorted(os.environ), sys.path, len(sys.meta_path), sys.getrecursionlimit(), handler, sys.stdout is sys.stderr]
    return f"x = {[*shown, *rest]!r}\n"
