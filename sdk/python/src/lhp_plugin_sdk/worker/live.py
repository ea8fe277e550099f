"""What only a developer asks for: connections, samples, checks. Other kinds than generators, too."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Dict, List, Optional

from .. import lhp_plugin_rt as rt
from . import copies
from .answers import diagnostics, finish, no_slips, plain, refuse_odd, takes
from .entries import Entry
from .faults import Fault, packages
from .texts import readable

READERS = ("dativo.reader", "phlo.source")


def _source(params: Mapping[str, Any]) -> Dict[str, Any]:
    """The settings of a source, as they are written."""
    return dict(params.get("spec") or {})


def _reader(entry: Entry, params: Mapping[str, Any]) -> Any:
    return entry.target(rt.SourceConfig({"type": entry.key, **_source(params)}))


def _writer(entry: Entry, params: Mapping[str, Any]) -> Any:
    spec = dict(params.get("spec") or {})
    asset = params.get("asset") or spec.pop("asset", None) or {"name": "sample"}
    target = spec.pop("target", None) or spec
    base = params.get("output_base") or spec.pop("output_base", None) or ""
    return entry.target(rt.AssetDefinition(asset), rt.TargetConfig(target), str(base))


def _only(entry: Entry, forms: Iterable[str], what: str) -> None:
    if entry.form not in tuple(forms):
        raise Fault("unsupported", f"{entry.kind} `{entry.key}` cannot {what}")


def check(entry: Entry, params: Mapping[str, Any]) -> Dict[str, Any]:
    """Whether a source or target can be reached."""
    _only(entry, (*READERS, "dativo.writer"), "check a connection")
    if entry.form == "phlo.source":
        config = _source(params)
        if hasattr(entry.object, "validate_config") and finish(entry.object.validate_config(config)) is False:
            return {"success": False, "message": "the connector refuses these settings", "error_code": "CONFIG_ERROR"}
        good = bool(finish(entry.object.test_connection(config)))
        text = "Connection successful" if good else "Connection failed"
        return {"success": good, "message": text, "error_code": None if good else "CONNECTION_ERROR", "details": {}}
    made = _reader(entry, params) if entry.form == "dativo.reader" else _writer(entry, params)
    result = finish(made.check_connection())
    if isinstance(result, bool):
        return {"success": result, "message": "", "error_code": None, "details": {}}
    return {"error_code": None, "details": {}, **readable(plain(_dict(result)))}


def _dict(result: Any) -> Dict[str, Any]:
    if hasattr(result, "to_dict"):
        return dict(result.to_dict())
    if isinstance(result, Mapping):
        return dict(result)
    raise Fault("malformed", f"the plugin returned a value of type {type(result).__name__}; it must have `to_dict`")


def discover(entry: Entry, params: Mapping[str, Any]) -> Dict[str, Any]:
    """What a source has to offer."""
    _only(entry, READERS, "discover objects")
    method = getattr(entry.object, "discover", None)
    if entry.form == "phlo.source":
        if method is None:
            raise Fault("unsupported", f"reader `{entry.key}` does not discover objects")
        result = method(_source(params))
    else:
        result = _reader(entry, params).discover()
    result = finish(result)
    if isinstance(result, (list, tuple)):
        result = rt.DiscoveryResult(objects=list(result))
    found = plain(_dict(result))
    return {"objects": found.get("objects") or [], "metadata": found.get("metadata") or {}}


def schema(entry: Entry, params: Mapping[str, Any]) -> Dict[str, Any]:
    """Columns that a source knows: `columns` by name, and the same as `ddl`; both null if only records tell."""
    if entry.form == "transformation":
        columns = entry.object.get_output_schema(dict(params.get("input_schema") or {}), _source(params))
    else:
        _only(entry, READERS, "know a schema")
        if entry.form == "phlo.source":
            columns = finish(entry.object.get_schema(_source(params)))
        else:
            method = getattr(_reader(entry, params), "get_schema", None)
            columns = finish(method()) if method is not None else None
    if not columns:
        return {"columns": None, "ddl": None}
    if not isinstance(columns, Mapping):
        raise Fault("malformed", "the schema must be a mapping of names to types")
    known = {str(name): str(type_) for name, type_ in columns.items()}
    return {"columns": known, "ddl": rt.schema_ddl(known)}


def estimate(entry: Entry, params: Mapping[str, Any]) -> Dict[str, Any]:
    """About how many records there are."""
    _only(entry, ("dativo.reader",), "estimate its records")
    count = finish(_reader(entry, params).get_total_records_estimate())
    return {"records": None if count is None else int(count)}


def sample(entry: Entry, params: Mapping[str, Any]) -> Dict[str, Any]:
    """The first records. At most `max_batches` batches are fetched."""
    _only(entry, READERS, "be sampled")
    limit = int(params.get("limit") or 20)
    most = int(params.get("max_batches") or 100)
    rows: List[Any] = []
    batches = 0
    complete = True
    if entry.form == "phlo.source":
        fetched = rt.records(entry.target, "phlo.source", _source(params))
        rows = list(itertools.islice(fetched, limit + 1))
        batches = 1 if rows else 0
    else:
        extracted = rt.batches(entry.target, _reader(entry, params).extract(rt.IncrementalStateManager()))
        for batch in extracted:
            batches += 1
            rows.extend(batch)
            if len(rows) > limit or batches >= most:
                complete = False
                break
        extracted.close()
    complete = complete and len(rows) <= limit
    return {"rows": plain(rows[:limit]), "batches": batches, "complete": complete}


def write_sample(entry: Entry, params: Mapping[str, Any]) -> Dict[str, Any]:
    """Writes records, batch by batch, and commits them."""
    _only(entry, ("dativo.writer",), "write")
    writer = _writer(entry, params)
    rows = list(params.get("rows") or [])
    files = rt.write_rows(writer, rows, max(int(params.get("batch_size") or 1000), 1), 0)
    return {"files": plain(files), "commit": plain(writer.commit_files(files)), "records": len(rows)}


def run_check(entry: Entry, params: Mapping[str, Any]) -> Dict[str, Any]:
    """Runs a check on records and answers `passed, violations, total, violation_rate, details, error?`."""
    _only(entry, ("quality_check",), "check data")
    given = dict(params.get("params") or {})
    made = entry.object.create_check(**{name: _argument(entry, value) for name, value in given.items()})
    frame = _frame(list(params.get("rows") or []), params.get("columns"))
    result = rt.check_result(finish(made.execute(frame, params.get("context"))))
    return {"name": str(getattr(made, "name", entry.key)), **plain(result)}


def _argument(entry: Entry, value: Any) -> Any:
    """Functions cannot be written in YAML: `py:rules.py:is_paid` names one of the plugin."""
    if isinstance(value, str) and value.startswith("py:"):
        return entry.scope.load(value[3:])
    return value


def _frame(rows: List[Any], columns: Optional[List[str]]) -> Any:
    try:
        import pandas
    except ImportError:
        raise Fault("packages", "checks of data need the package pandas", packages=packages(["pandas"])) from None
    return pandas.DataFrame(rows, columns=columns)


def emit(entry: Entry, params: Mapping[str, Any]) -> Dict[str, Any]:
    """Files and data of everything that is no generator."""
    if entry.kind in ("reader", "writer") or entry.form in ("transformation", "quality_check"):
        return _emit_copies(entry, params)
    if entry.form == "semantic_layer":
        models = [_model(model) for model in entry.object.list_models()]
        return _emitted({"data": {"models": sorted(models, key=lambda model: str(model["name"]))}})
    if entry.form == "service":
        method = getattr(entry.object, "get_service_definition", None)
        definition = method() if method is not None else entry.object.service_definition
        return _emitted({"data": {"definition": plain(definition)}})
    if entry.form != "function":
        raise Fault("unsupported", f"{entry.kind} `{entry.key}` has nothing to emit")
    request = {key: value for key, value in params.items() if key not in ("plugin", "kind", "key", "entry")}
    spec, context = request.get("spec") or {}, request
    return _emitted(finish(entry.target(spec, context) if takes(entry.target) != 1 else entry.target(spec)))


def _model(model: Any) -> Dict[str, Any]:
    values = _dict(model) if hasattr(model, "to_dict") or isinstance(model, Mapping) else dict(vars(model))
    return {"metadata": {}, "description": "", **plain(values)}


def _emit_copies(entry: Entry, params: Mapping[str, Any]) -> Dict[str, Any]:
    package = str(params.get("package") or "lhp_" + "".join(c if c.isalnum() else "_" for c in entry.key.lower()))
    data: Dict[str, Any] = copies.copy(entry.scope, entry.entry, package)
    data["contract"] = entry.form
    files = [{"path": f"{copies.CARRIER}/{file['path']}", "content": file["content"]} for file in data.pop("files")]
    runtime = Path(rt.__file__).name
    data["runtime"] = {"path": f"{copies.CARRIER}/{runtime}"}
    if entry.form == "phlo.source" and params.get("schema") is not False:
        known = schema(entry, params)
        data["columns"], data["ddl"] = known["columns"], known["ddl"]
    return {"files": files, "data": data, "diagnostics": []}


def _emitted(value: Any) -> Dict[str, Any]:
    if value is None:
        value = {}
    if not isinstance(value, Mapping):
        raise Fault("malformed", f"the plugin returned a value of type {type(value).__name__}; it must be a mapping")
    no_slips(value, ("files", "data", "diagnostics"), "the answer")
    refuse_odd(value.get("data"), "`data`")
    files = value.get("files") or []
    if isinstance(files, Mapping):
        files = [{"path": path, "content": content} for path, content in files.items()]
    for file in files:
        if not isinstance(file, Mapping) or not all(isinstance(file.get(part), str) for part in ("path", "content")):
            raise Fault("malformed", "each of `files` must be a mapping of `path` and `content`, both text")
    return {
        "files": [{"path": file["path"], "content": file["content"]} for file in files],
        "data": value.get("data"),
        "diagnostics": diagnostics(value.get("diagnostics")),
    }


def command(entry: Entry, params: Mapping[str, Any]) -> Dict[str, Any]:
    """A command of a plugin: `{stdout, exit, files}`."""
    _only(entry, ("function",), "be run as a command")
    arguments = dict(params.get("args") or {})
    result = finish(entry.target(arguments, params) if takes(entry.target) != 1 else entry.target(arguments))
    if result is None or isinstance(result, (str, int)):
        text = readable(result) if isinstance(result, str) else ""
        return {"stdout": text, "exit": result if isinstance(result, int) else 0}
    return {"stdout": "", "exit": 0, **readable(plain(_dict(result)))}
