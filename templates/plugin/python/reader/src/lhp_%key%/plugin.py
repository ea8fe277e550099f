"""Reads rows. This module goes along with the pipeline, so it imports only what is there as well."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any, Dict, Iterator, Optional

from phlo.plugins.base import PluginError, PluginMetadata, SourceConnectorPlugin

logger = logging.getLogger(__name__)


class Source(SourceConnectorPlugin):
    """A file with one JSON object per line."""

    @property
    def metadata(self) -> PluginMetadata:
        return PluginMetadata(name="%key%", version="0.1.0", description="%title%")

    def fetch_data(self, config: Dict[str, Any]) -> Iterator[Dict[str, Any]]:
        self.validate_config(config)
        try:
            with open(config["path"], encoding="utf-8") as lines:
                for number, line in enumerate(lines, 1):
                    if line.strip():
                        yield self._record(line, config["path"], number)
        except OSError as error:
            raise PluginError(f"{config['path']} cannot be read: {error.strerror}", path="/spec/path") from error
        logger.info("read %s", config["path"])

    def _record(self, line: str, path: str, number: int) -> Dict[str, Any]:
        try:
            return dict(json.loads(line))
        except (TypeError, ValueError) as error:
            raise PluginError(f"line {number} of {path} is no JSON object") from error

    def get_schema(self, config: Dict[str, Any]) -> Optional[Dict[str, str]]:
        return {"id": "int", "name": "string"}

    def test_connection(self, config: Dict[str, Any]) -> bool:
        return Path(config.get("path", "")).is_file()

    def validate_config(self, config: Dict[str, Any]) -> bool:
        if "path" not in config:
            raise ValueError("Missing required config key: path")
        return True
