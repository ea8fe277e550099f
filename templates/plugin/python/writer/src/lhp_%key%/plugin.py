"""Writes rows. This module goes along with the pipeline, so it imports only what is there as well."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict, List

from dativo_ingest.plugins import BaseWriter, ConnectionTestResult


class Writer(BaseWriter):
    """Files with one JSON object per line."""

    __version__ = "1.0.0"

    def __init__(self, asset_definition: Any, target_config: Any, output_base: str) -> None:
        super().__init__(asset_definition, target_config, output_base)
        if not output_base:
            raise ValueError("Missing required config key: output_base")
        self.directory = Path(output_base)

    def check_connection(self) -> ConnectionTestResult:
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            return ConnectionTestResult(success=False, message=str(error), error_code="ACCESS_ERROR")
        return ConnectionTestResult(success=True, message=f"{self.directory} can be written")

    def write_batch(self, records: List[Dict[str, Any]], file_counter: int) -> List[Dict[str, Any]]:
        self.directory.mkdir(parents=True, exist_ok=True)
        path = self.directory / f"{self.asset_definition.name}_{file_counter:012d}.jsonl"
        lines = [json.dumps(record, default=str, ensure_ascii=False) + "\n" for record in records]
        # The same batch, written again, gives the same file.
        path.write_text("".join(lines), encoding="utf-8")
        return [{"path": str(path), "size_bytes": path.stat().st_size, "record_count": len(records)}]
