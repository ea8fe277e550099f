"""Entries of plugins: from `module:Name` to something that can be called, with its form checked."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Dict, List, Optional, Tuple

from .. import catalog
from ..interfaces import INTERFACES
from ..lhp_plugin_rt import PluginMetadata
from . import faults
from .faults import Fault
from .scope import PluginScope

GENERATORS = ("load", "transform", "write", "test")

#: What each form must have, by kind, in the order in which forms are tried.
FORMS: Dict[str, Tuple[Tuple[str, Tuple[str, ...]], ...]] = {
    "reader": (("dativo.reader", ("extract",)), ("phlo.source", ("metadata", "fetch_data"))),
    "writer": (("dativo.writer", ("write_batch",)),),
    "hook": (("hook", ("get_events", "handle_event")), ("bus_hook", ("metadata", "get_hooks"))),
    "quality_check": (("quality_check", ("metadata", "create_check")),),
    "semantic_model": (("semantic_layer", ("list_models", "get_model")),),
    "service": (("service", ("get_service_definition",)), ("service", ("service_definition",))),
}

#: Forms whose objects are made once and kept.
LASTING = (
    "plugin",
    "phlo.source",
    "hook",
    "bus_hook",
    "quality_check",
    "transformation",
    "semantic_layer",
    "service",
)


class Entry:
    """One capability of a plugin."""

    def __init__(self, scope: PluginScope, declared: Mapping[str, Any]) -> None:
        self.scope = scope
        self.kind: str = str(declared.get("kind"))
        self.key: str = str(declared.get("key"))
        self.entry: str = str(declared.get("entry") or "")
        self.declared = dict(declared)
        self.target: Any = None
        self.form: Optional[str] = None
        self.object: Any = None
        self.generator: Any = None
        self.fault: Optional[Fault] = None
        self.warnings: List[Fault] = []
        self._loaded = False

    @property
    def identity(self) -> Dict[str, Any]:
        """The entry, in the words of the manifest."""
        return {"kind": self.kind, "key": self.key, "entry": self.entry}

    def load(self) -> Entry:
        """Loads and checks the entry, once. A second call raises what the first one has raised."""
        if not self._loaded:
            self._loaded = True
            try:
                with self.scope.entered():
                    self._load()
            except BaseException as error:
                self.fault = self._fault(error)
        if self.fault is not None:
            raise self.fault
        return self

    def _fault(self, error: BaseException) -> Fault:
        with self.scope.entered():
            missing = [package for package in faults.packages(self.scope.requirements) if not package["satisfied"]]
        if isinstance(error, ImportError) and missing:
            names = ", ".join(package["requirement"] for package in missing)
            fault = Fault(
                "packages", f"{faults.of(error, self.scope.root).message}; missing: {names}", packages=missing
            )
        elif isinstance(error, ImportError) and not isinstance(error, Fault):
            fault = faults.of(error, self.scope.root)
            fault.kind, fault.message = "import", str(error)
        else:
            fault = faults.of(error, self.scope.root)
        fault.data.setdefault("plugin", self.scope.id)
        fault.data.setdefault("entry", self.identity)
        return fault

    def _load(self) -> None:
        self.target = self.scope.load(self.entry)
        self.form = self._form()
        if self.form in LASTING:
            self.object = self._make(self.target)
        if self.form == "plugin":
            self._check_environment()
            self.generator = self._generator_class()
        elif self.form == "generator":
            self.generator = self.target
        self._initialize()
        unsatisfied = [package for package in faults.packages(self.scope.requirements) if not package["satisfied"]]
        if unsatisfied:
            names = ", ".join(package["requirement"] for package in unsatisfied)
            raise Fault("packages", f"packages are missing from the environment: {names}", packages=unsatisfied)

    def _make(self, target: Any) -> Any:
        if not inspect.isclass(target):
            return target
        missing = sorted(getattr(target, "__abstractmethods__", ()))
        if missing:
            raise self._wrong(target, missing)
        return target()

    def _wrong(self, target: Any, missing: List[str], wanted: Optional[str] = None) -> Fault:
        name = getattr(target, "__name__", type(target).__name__)
        text = ", ".join(f"`{method}`" for method in missing)
        return Fault(
            "wrong_interface",
            f"`{name}` lacks {text}" + (f" of {wanted}" if wanted else f", which a {self.kind} needs"),
            missing=missing,
        )

    def _form(self) -> str:
        target = self.target
        if self.kind in GENERATORS:
            return self._generator_form()
        if inspect.isfunction(target) or inspect.isbuiltin(target) or inspect.ismethod(target):
            if self.kind in ("reader", "writer"):
                raise Fault("wrong_interface", f"`{self.entry}` is a function; a {self.kind} is a class", missing=[])
            return "function"
        forms = FORMS.get(self.kind, ())
        for form, methods in forms:
            if all(_has(target, method) for method in methods):
                return form
        if self.kind == "hook" and callable(target) and not inspect.isclass(target):
            return "function"
        if forms:
            # The form that most is there for is the one that was meant.
            form, methods = max(forms, key=lambda entry: sum(_has(target, method) for method in entry[1]))
            abstract = sorted(getattr(target, "__abstractmethods__", ()))
            raise self._wrong(target, abstract or [name for name in methods if not _has(target, name)])
        if callable(target):
            return "function"
        raise self._wrong(target, ["__call__"])

    def _generator_form(self) -> str:
        target = self.target
        interface, naming = INTERFACES[self.kind]
        methods = ("get_metadata", "validate_environment", naming, "get_generator_class")
        if self.kind == "write" and _has(target, "get_target_type"):
            methods = ("get_metadata", "validate_environment", "get_target_type", "get_generator_class")
        if any(_has(target, name) for name in methods):
            missing = [name for name in methods if not _has(target, name)]
            if missing:
                raise self._wrong(target, missing, interface.__name__)
            return "plugin"
        if _has(target, "generate"):
            missing = sorted(getattr(target, "__abstractmethods__", ()))
            if missing:
                raise self._wrong(target, missing, "BaseActionGenerator")
            return "generator"
        if self.kind == "transform" and _has(target, "transform"):
            return "transformation"
        if inspect.isclass(target) or not callable(target):
            raise self._wrong(target, ["generate"], "BaseActionGenerator")
        return "function"

    def _check_environment(self) -> None:
        if self.object.validate_environment() is not False:
            return
        packages = faults.packages(self.scope.requirements or _dependencies(self.object))
        missing = [package for package in packages if not package["satisfied"]]
        names = ", ".join(package["requirement"] for package in missing)
        raise Fault(
            "environment",
            f"plugin `{self.scope.id}` cannot work in this environment"
            + (f"; missing packages: {names}" if names else ": its `validate_environment` said no"),
            packages=missing,
        )

    def _generator_class(self) -> Any:
        generator = self.object.get_generator_class()
        if not _has(generator, "generate"):
            raise self._wrong(generator, ["generate"], "BaseActionGenerator")
        missing = sorted(getattr(generator, "__abstractmethods__", ()))
        if missing:
            raise self._wrong(generator, missing, "BaseActionGenerator")
        declared = self.declared_key()
        if declared is not None and declared != self.key:
            self.warnings.append(
                Fault(
                    "key_differs",
                    f"the class says `{declared}`, the manifest says `{self.key}`; the manifest counts",
                    plugin=self.scope.id,
                    entry=self.identity,
                )
            )
        return generator

    def declared_key(self) -> Optional[str]:
        """The key that the class itself gives."""
        if self.form != "plugin":
            return None
        name = INTERFACES[self.kind][1]
        if not _has(self.object, name):
            name = "get_target_type"
        key = getattr(self.object, name)()
        return None if key is None else str(key)

    def _initialize(self) -> None:
        initialize = getattr(self.object, "initialize", None)
        if initialize is not None and self.form in LASTING:
            initialize(dict(self.scope.config))
        name = getattr(getattr(self.object, "metadata", None), "name", None)
        group = {
            "phlo.source": "source connector",
            "quality_check": "quality check",
            "transformation": "transformation",
        }
        if self.form in group:
            for known in {self.key, name} - {None}:
                catalog.register(group[str(self.form)], str(known), self.object)

    def describe(self) -> Dict[str, Any]:
        """What is known about the entry after it has been loaded."""
        target = self.target if inspect.isclass(self.target) else type(self.target)
        version = getattr(self.target, "__version__", None)
        described: Dict[str, Any] = {
            **self.identity,
            "form": self.form,
            "name": getattr(self.target, "__qualname__", target.__qualname__),
            "class_version": version if isinstance(version, str) else None,
        }
        with self.scope.entered():
            if self.form == "plugin":
                described["declared_key"] = self.declared_key()
            metadata = _metadata(self.object)
            if metadata is not None:
                described["metadata"] = metadata
            if self.form == "hook":
                described["events"] = [str(event) for event in self.object.get_events()]
            if self.form == "bus_hook":
                described["hooks"] = [
                    {
                        "hook_name": hook.hook_name,
                        "priority": getattr(hook, "priority", 100),
                        "failure_policy": str(getattr(hook, "failure_policy", "log")),
                        "filters": hook.filters.to_dict() if getattr(hook, "filters", None) is not None else {},
                    }
                    for hook in self.object.get_hooks()
                ]
            if self.form in ("dativo.reader", "dativo.writer", "phlo.source"):
                described["supports"] = _supports(self.target)
        return described


def _has(target: Any, name: str) -> bool:
    return inspect.getattr_static(target, name, None) is not None


def _supports(target: Any) -> List[str]:
    """What a reader or writer has of its own beyond what it must have."""
    names = {
        "check_connection": "check",
        "test_connection": "check",
        "discover": "discover",
        "get_schema": "schema",
        "get_total_records_estimate": "estimate",
        "validate_config": "validate",
        "commit_files": "commit",
    }
    own: List[str] = []
    classes = inspect.getmro(target) if inspect.isclass(target) else inspect.getmro(type(target))
    for class_ in classes:
        if class_.__module__.startswith("lhp_plugin_sdk."):
            break
        own.extend(names[name] for name in vars(class_) if name in names)
    return sorted(set(own))


def _dependencies(plugin: Any) -> List[str]:
    try:
        return [str(entry) for entry in plugin.get_metadata().dependencies or []]
    except Exception:
        return []


def _metadata(object_: Any) -> Optional[Dict[str, Any]]:
    if object_ is None:
        return None
    metadata = object_.get_metadata() if hasattr(object_, "get_metadata") else getattr(object_, "metadata", None)
    if metadata is None:
        return None
    if isinstance(metadata, PluginMetadata) or hasattr(metadata, "to_dict"):
        return dict(metadata.to_dict())
    if hasattr(metadata, "model_dump"):
        return dict(metadata.model_dump())
    return dict(metadata) if isinstance(metadata, Mapping) else None
