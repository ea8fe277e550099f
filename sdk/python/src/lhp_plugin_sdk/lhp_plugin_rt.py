"""Base classes of readers, writers, connectors and checks, and what their Spark adapters share.

Generated pipelines carry a copy of this file in `custom_python_functions/`, so it must stay a single module that needs
nothing but the standard library. It neither imports Spark nor opens a connection.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any, Dict, List, Optional, Tuple

PLUGIN_SDK_VERSION = "1.0.0"

Record = Dict[str, Any]
Column = Tuple[str, str]


class PluginError(Exception):
    """What a plugin has to say to the person who uses it. The text becomes the message.

    `path` is a JSON pointer to the setting that is wrong, as in `/spec/bucket`; `help` says what to change.
    """

    def __init__(
        self,
        message: str = "",
        *args: Any,
        code: Optional[str] = None,
        path: Optional[str] = None,
        help: Optional[str] = None,
        retryable: Optional[bool] = None,
    ) -> None:
        super().__init__(message, *args)
        self.code = code
        self.path = path
        self.help = help
        self.retryable = retryable


class Settings:
    """Settings as attributes. What was not set is None, or an empty mapping where one is expected."""

    _mappings: Tuple[str, ...] = ()

    def __init__(self, *positional: Mapping[str, Any], **settings: Any) -> None:
        values: Record = {}
        for mapping in positional:
            values.update(mapping)
        values.update(settings)
        for name in self._mappings:
            if values.get(name) is None:
                values[name] = {}
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return None

    def get(self, name: str, default: Any = None) -> Any:
        """The setting, or the default if it was not set."""
        return self.__dict__.get(name, default)

    def to_dict(self) -> Record:
        """All settings."""
        return dict(self.__dict__)

    model_dump = to_dict

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and self.__dict__ == other.__dict__

    def __repr__(self) -> str:
        # Credentials are among the settings, so no values are shown.
        return f"{type(self).__name__}({', '.join(sorted(self.__dict__))})"


class SourceConfig(Settings):
    """Where a reader reads from: `type`, `connection`, `credentials`, `objects`, `files`, `engine`, `incremental`."""

    _mappings = ("connection", "credentials", "engine", "incremental")


class TargetConfig(Settings):
    """Where a writer writes to: `type`, `connection`, `credentials`, `engine`, `file_format`."""

    _mappings = ("connection", "credentials", "engine")


class AssetDefinition(Settings):
    """What a writer writes: `name` and `schema`, a list of `{name, type}`."""


@dataclass
class ConnectionTestResult:
    """Outcome of a connection test."""

    success: bool
    message: str = ""
    error_code: Optional[str] = None
    details: Dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> Record:
        """The outcome as a mapping; `error_code` is there only if there is one."""
        values: Record = {"success": self.success, "message": self.message, "details": self.details or {}}
        if self.error_code is not None:
            values["error_code"] = self.error_code
        return values


@dataclass
class DiscoveryResult:
    """Objects that a source has to offer."""

    objects: List[Dict[str, Any]] = field(default_factory=list)
    metadata: Dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> Record:
        """The objects and what is known about them."""
        return {"objects": list(self.objects), "metadata": dict(self.metadata or {})}


class IncrementalStateManager:
    """What a reader remembers between two runs. This one is kept in memory; Spark keeps its own offsets."""

    def __init__(self, state: Optional[Mapping[str, Any]] = None, *_: Any, **__: Any) -> None:
        self._state: Record = dict(state) if isinstance(state, Mapping) else {}

    def get(self, key: str, default: Any = None) -> Any:
        """The value that was kept under a key."""
        return self._state.get(key, default)

    def set(self, key: str, value: Any) -> None:
        """Keeps a value."""
        self._state[key] = value

    def get_state(self) -> Record:
        """Everything that is kept."""
        return dict(self._state)

    def update_state(self, *positional: Mapping[str, Any], **values: Any) -> None:
        """Keeps values."""
        for mapping in positional:
            self._state.update(mapping)
        self._state.update(values)

    @property
    def cursor(self) -> Any:
        """Where the last run ended."""
        return self._state.get("cursor")

    def read_state(self, *_: Any, **__: Any) -> Record:
        """Everything that is kept."""
        return self.get_state()

    def write_state(self, state: Optional[Mapping[str, Any]] = None, *_: Any, **__: Any) -> None:
        """Keeps values."""
        if isinstance(state, Mapping):
            self.update_state(state)


class BaseReader(ABC):
    """Reads records from a source, in batches."""

    __version__ = PLUGIN_SDK_VERSION

    def __init__(self, source_config: Any) -> None:
        self.source_config = source_config

    @abstractmethod
    def extract(self, state_manager: Optional[IncrementalStateManager] = None) -> Iterator[List[Record]]:
        """Batches of records."""

    def check_connection(self) -> ConnectionTestResult:
        """Whether the source can be reached."""
        return ConnectionTestResult(success=True, message="Connection test not implemented")

    def discover(self) -> DiscoveryResult:
        """What the source has to offer."""
        return DiscoveryResult(objects=[], metadata={})

    def get_total_records_estimate(self) -> Optional[int]:
        """About how many records there are, if that is known."""
        return None


class BaseWriter(ABC):
    """Writes batches of records to a target."""

    __version__ = PLUGIN_SDK_VERSION

    def __init__(self, asset_definition: Any, target_config: Any, output_base: str) -> None:
        self.asset_definition = asset_definition
        self.target_config = target_config
        self.output_base = output_base

    @abstractmethod
    def write_batch(self, records: List[Record], file_counter: int) -> List[Record]:
        """Writes records and answers what was written: `path`, `size_bytes`, `record_count` of each file."""

    def check_connection(self) -> ConnectionTestResult:
        """Whether the target can be reached."""
        return ConnectionTestResult(success=True, message="Connection test not implemented")

    def commit_files(self, file_metadata: List[Record]) -> Record:
        """Ends a write. It is called once, with everything that was written."""
        return {
            "status": "success",
            "files_added": len(file_metadata),
            "total_records": sum(entry.get("record_count", 0) for entry in file_metadata),
        }


@dataclass
class PluginMetadata:
    """What a connector, check or hook says about itself."""

    name: str
    version: str
    description: str = ""
    author: str = ""
    license: str = ""
    homepage: str = ""
    documentation_url: str = ""
    tags: List[str] = field(default_factory=list)
    dependencies: List[str] = field(default_factory=list)

    def to_dict(self) -> Record:
        """All fields."""
        return asdict(self)


class Plugin(ABC):
    """Base of connectors, checks, transformations, services and hooks."""

    @property
    @abstractmethod
    def metadata(self) -> PluginMetadata:
        """What the plugin says about itself."""

    def initialize(self, config: Dict[str, Any]) -> None:
        """Called once before the first use, with the settings of the plugin."""

    def cleanup(self) -> None:
        """Called once at the end."""


class SourceConnectorPlugin(Plugin):
    """Fetches records from another system."""

    @abstractmethod
    def fetch_data(self, config: Dict[str, Any]) -> Iterator[Record]:
        """Records, one after the other."""

    def get_schema(self, config: Dict[str, Any]) -> Optional[Dict[str, str]]:
        """Types of the columns by name, or None if only the records tell."""
        return None

    def test_connection(self, config: Dict[str, Any]) -> bool:
        """Whether the source can be reached; by default, whether a record can be fetched."""
        try:
            next(iter(self.fetch_data(config)), None)
        except Exception:
            return False
        return True

    def validate_config(self, config: Dict[str, Any]) -> bool:
        """Whether the settings are complete. Raising an error says what is missing."""
        return True


class QualityCheckPlugin(Plugin):
    """Makes checks of data."""

    @abstractmethod
    def create_check(self, **kwargs: Any) -> Any:
        """A check, that is an object with `name` and `execute(df, context)`."""


class TransformationPlugin(Plugin):
    """Turns a frame into another one."""

    @abstractmethod
    def transform(self, df: Any, config: Dict[str, Any]) -> Any:
        """The frame that is made of `df`."""

    def get_output_schema(self, input_schema: Dict[str, str], config: Dict[str, Any]) -> Optional[Dict[str, str]]:
        """Types of the columns by name, or None if only the data tell."""
        return None

    def validate_config(self, config: Dict[str, Any]) -> bool:
        """Whether the settings are complete. Raising an error says what is missing."""
        return True


# What adapters share -------------------------------------------------------------------

#: Types of connectors, in the words of Spark.
SPARK_TYPES = {
    "array": "string",
    "bool": "boolean",
    "boolean": "boolean",
    "bytes": "binary",
    "binary": "binary",
    "date": "date",
    "datetime": "timestamp",
    "decimal": "decimal(38, 18)",
    "dict": "string",
    "double": "double",
    "float": "double",
    "int": "bigint",
    "integer": "bigint",
    "list": "string",
    "long": "bigint",
    "number": "double",
    "object": "string",
    "str": "string",
    "string": "string",
    "text": "string",
    "timestamp": "timestamp",
    "varchar": "string",
}


def schema_ddl(columns: Mapping[str, str]) -> str:
    """Spark's DDL for columns. Words that are none of a connector are taken for types of Spark."""
    return ", ".join(
        "`{}` {}".format(name.replace("`", "``"), SPARK_TYPES.get(str(type_).strip().lower(), str(type_)))
        for name, type_ in columns.items()
    )


def schema_of(plugin: type, contract: str, config: Mapping[str, Any]) -> str:
    """The schema that the plugin itself knows."""
    reader = _reader(plugin, contract, config)
    schema = getattr(reader, "get_schema", None)
    columns = None
    if schema is not None:
        columns = schema(dict(config)) if contract == "phlo.source" else schema()
    if not columns:
        raise PluginError(
            f"{plugin.__name__} does not know the columns of its records",
            help="name them in `output_schema` of the plugin, or in the action",
        )
    return schema_ddl(columns)


def load_config(options: Mapping[str, Any]) -> Record:
    """The settings that generated code passes in the option `lhp.config`."""
    text = options.get("lhp.config")
    config = json.loads(text) if text else {}
    if not isinstance(config, dict):
        raise PluginError("option `lhp.config` is not a JSON object")
    return config


def elements(config: Mapping[str, Any], pointer: Optional[str]) -> List[Any]:
    """What tasks are made for: the elements of the list at a JSON pointer, or None for a single task."""
    value = _at(config, pointer) if pointer else None
    return list(value) if isinstance(value, (list, tuple)) and value else [None]


def with_element(config: Mapping[str, Any], pointer: Optional[str], element: Any) -> Record:
    """The settings of one task: the list at the pointer has only this element."""
    copy: Record = json.loads(json.dumps(config))
    if not pointer or element is None:
        return copy
    *parents, last = _keys(pointer)
    place: Any = copy
    for key in parents:
        place = place[key]
    place[last] = [element]
    return copy


def _keys(pointer: str) -> List[str]:
    return [key.replace("~1", "/").replace("~0", "~") for key in pointer.split("/")[1:]]


def _at(value: Any, pointer: str) -> Any:
    for key in _keys(pointer):
        if not isinstance(value, Mapping) or key not in value:
            return None
        value = value[key]
    return value


def _reader(plugin: type, contract: str, config: Mapping[str, Any]) -> Any:
    if contract == "phlo.source":
        return plugin()
    return plugin(SourceConfig(config))


def records(
    plugin: type, contract: str, config: Mapping[str, Any], state: Optional[IncrementalStateManager] = None
) -> Iterator[Record]:
    """Records of a source, one after the other. Only one batch is held at a time."""
    reader = _reader(plugin, contract, config)
    if contract == "phlo.source":
        settings = dict(config)
        validate = getattr(reader, "validate_config", None)
        if validate is not None and validate(settings) is False:
            raise PluginError(f"{plugin.__name__} refuses its settings")
        for record in _iterated(plugin, "fetch_data", reader.fetch_data(settings)):
            yield _record(plugin, "fetch_data", record)
        return
    for batch in batches(plugin, reader.extract(state)):
        yield from batch


def batches(plugin: type, extracted: Any) -> Generator[List[Record], None, None]:
    """What `extract` of a reader gives, refused unless it is lists of records."""
    extracted = _iterated(plugin, "extract", extracted)
    try:
        for batch in extracted:
            if isinstance(batch, (str, bytes, Mapping)) or not isinstance(batch, Iterable):
                raise _wrong(plugin, "extract", batch, "a list of records")
            yield [_record(plugin, "extract", record) for record in batch]
    finally:
        close = getattr(extracted, "close", None)
        if close is not None:
            close()


def _iterated(plugin: type, method: str, given: Any) -> Any:
    if isinstance(given, (str, bytes, Mapping)) or not isinstance(given, Iterable):
        raise _wrong(plugin, method, given, "something to iterate over")
    return given


def _record(plugin: type, method: str, record: Any) -> Record:
    if type(record) is dict or isinstance(record, Mapping):
        return record  # type: ignore[return-value]
    raise _wrong(plugin, method, record, "a record, which is a mapping")


def _wrong(plugin: type, method: str, given: Any, wanted: str) -> PluginError:
    shown = "nothing" if given is None else f"a value of type {type(given).__name__}"
    how = (
        "return or yield records, as in `yield {...}`"
        if method == "fetch_data"
        else "yield lists, as in `yield [{...}]`"
    )
    return PluginError(f"`{method}` of {plugin.__name__} gives {shown} instead of {wanted}", help=how)


def row(record: Mapping[str, Any], columns: Iterable[Column]) -> Tuple[Any, ...]:
    """A record in the order of the columns; what it lacks is NULL."""
    return tuple(_conform(record.get(name), type_) for name, type_ in columns)


def _conform(value: Any, type_: str) -> Any:
    """A value as Spark expects it for a type. Anything that is not plainly meant is left for Spark to refuse."""
    if value is None:
        return None
    if type_ == "string":
        if isinstance(value, str):
            return value
        if isinstance(value, (dict, list, tuple)):
            return json.dumps(value, default=str, ensure_ascii=False)
        return str(value)
    if type_ in ("double", "float") and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type_.startswith("decimal") and isinstance(value, (int, float, str)) and not isinstance(value, bool):
        return Decimal(str(value))
    if type_ in ("timestamp", "timestamp_ntz") and isinstance(value, str):
        return _timestamp(value)
    if type_ == "date":
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, str):
            return date.fromisoformat(value[:10])
    return value


def _timestamp(text: str) -> datetime:
    """ISO 8601, also with `Z`, which Python before 3.11 does not read."""
    text = text.strip()
    return datetime.fromisoformat(text[:-1] + "+00:00" if text.endswith(("Z", "z")) else text)


def cursor_of(record: Mapping[str, Any], cursor_field: str) -> Any:
    """The value that tells where a record stands, in a form that JSON can carry."""
    value = record.get(cursor_field)
    if isinstance(value, datetime):
        if value.tzinfo is not None:
            value = value.astimezone(timezone.utc)
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, (int, float, str)) else str(value)


def cursor_field_of(config: Mapping[str, Any]) -> str:
    """The column that tells how far a stream has come."""
    name = (config.get("incremental") or {}).get("cursor_field")
    if not name:
        raise PluginError(
            "a stream needs a column that tells how far it has come",
            path="/spec/incremental/cursor_field",
            help="name it under `incremental.cursor_field`",
        )
    return str(name)


def between(
    plugin: type,
    contract: str,
    config: Mapping[str, Any],
    cursor_field: str,
    start: Any,
    end: Any = None,
) -> Iterator[Tuple[Any, Record]]:
    """Records after `start`, up to and including `end`, each with its cursor."""
    settings = dict(config)
    if contract == "phlo.source" and start is not None:
        settings["cursor"] = start
    state = IncrementalStateManager({"cursor": start, "cursor_field": cursor_field})
    for record in records(plugin, contract, settings, state):
        cursor = cursor_of(record, cursor_field)
        if cursor is None or (start is not None and not cursor > start) or (end is not None and cursor > end):
            continue
        yield cursor, record


def writer_of(plugin: type, config: Mapping[str, Any]) -> Any:
    """A writer for the settings `{asset, target, output_base}`."""
    return plugin(
        AssetDefinition(config.get("asset") or {}),
        TargetConfig(config.get("target") or {}),
        config.get("output_base") or "",
    )


def file_counter(partition: int, number: int, batch: int = 0) -> int:
    """Tells apart all files of a write. A task that runs again counts the same."""
    return batch * 10**12 + partition * 10**6 + number


def write_rows(writer: Any, rows: Iterable[Any], size: int, partition: int, batch: int = 0) -> List[Record]:
    """Hands rows to a writer in batches; answers what it says about the files."""
    written: List[Record] = []
    pending: List[Record] = []
    number = 0
    for entry in rows:
        pending.append(entry.asDict(True) if hasattr(entry, "asDict") else dict(entry))
        if len(pending) >= size:
            written.extend(writer.write_batch(pending, file_counter(partition, number, batch)) or [])
            pending = []
            number += 1
    if pending:
        written.extend(writer.write_batch(pending, file_counter(partition, number, batch)) or [])
    return written


def check_result(outcome: Any) -> Record:
    """What a check found as `passed, violations, total, violation_rate, details`; what is missing is worked out."""
    if isinstance(outcome, Mapping):
        result: Record = dict(outcome)
    elif outcome is None:
        raise PluginError("the check gave no result", help="return a mapping with `passed`, `violations` and `total`")
    elif isinstance(outcome, bool):
        result = {"passed": outcome}
    else:
        metadata = dict(getattr(outcome, "metadata", None) or {})
        result = {
            "passed": bool(getattr(outcome, "passed", False)),
            "violations": metadata.get("failed_count"),
            "total": metadata.get("total_count"),
            "details": {
                "metric_name": getattr(outcome, "metric_name", None),
                "metric_value": getattr(outcome, "metric_value", None),
                **metadata,
            },
        }
        if getattr(outcome, "failure_message", None):
            result["error"] = outcome.failure_message
    if "passed" not in result:
        raise PluginError("the result of the check lacks `passed`")
    result["passed"] = bool(result["passed"])
    violations = result.get("violations")
    result["violations"] = int(violations) if violations is not None else (0 if result["passed"] else 1)
    total = result.get("total")
    result["total"] = int(total) if total is not None else result["violations"]
    rate = result.get("violation_rate")
    if rate is None:
        rate = result["violations"] / result["total"] if result["total"] else 0.0
    result["violation_rate"] = float(rate)
    result.setdefault("details", {})
    return result
