"""What happens when something happens."""

from __future__ import annotations

from typing import Any, Dict, List

from lhp.plugin.effects import log
from lhp.plugin.interfaces import IEventHook


class Hook(IEventHook):
    """Says which pipelines have errors."""

    def get_events(self) -> List[str]:
        return ["pipeline.error"]

    async def handle_event(self, event_name: str, context: Dict[str, Any]) -> Any:
        return log(f"pipeline {context['pipeline']} has an error: {context['error']}", level="warning")
