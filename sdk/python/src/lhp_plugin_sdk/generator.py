"""Generators of code: the base class, and the action and context that it is given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, Callable, Dict, List, Optional, Tuple


class Word(str):
    """A text that may also be asked for its `value`, as a member of an enum."""

    __slots__ = ()

    @property
    def value(self) -> str:
        """The text."""
        return str(self)


class Action(Mapping[str, Any]):
    """An action of a flowgroup. Keys of the declaration are attributes; one that is not set is None."""

    def __init__(self, *positional: Mapping[str, Any], **settings: Any) -> None:
        values: Dict[str, Any] = {}
        for mapping in positional:
            values.update(mapping)
        values.update(settings)
        object.__setattr__(self, "_values", values)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        value = self._values.get(name)
        if name == "type" and isinstance(value, str):
            return Word(value)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        self._values[name] = value

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Action({self._values!r})"

    def to_dict(self) -> Dict[str, Any]:
        """The declaration as a mapping."""
        return dict(self._values)

    def model_dump(self, **_: Any) -> Dict[str, Any]:
        """The declaration as a mapping."""
        return self.to_dict()

    dict = model_dump


class View:
    """Values to look at, as attributes; one that is not there is None."""

    def __init__(self, values: Mapping[str, Any], text: str = "") -> None:
        object.__setattr__(self, "_values", dict(values))
        object.__setattr__(self, "_text", text)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self._values.get(name)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"`{name}` cannot be set: the declaration is for reading only")

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or the default."""
        return self._values.get(name, default)

    def to_dict(self) -> Dict[str, Any]:
        """All values."""
        return dict(self._values)

    model_dump = to_dict

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            return bool(self._text == other)
        return isinstance(other, View) and self._values == other._values

    def __hash__(self) -> int:
        return hash(self._text)

    def __str__(self) -> str:
        return self._text or str(self._values)

    def __repr__(self) -> str:
        return f"View({self._values!r})"


class SubstitutionManager:
    """Tokens of the environment. Actions arrive with all tokens replaced; this is for text of the plugin's own."""

    def __init__(self, tokens: Optional[Mapping[str, Any]] = None, env: Optional[str] = None) -> None:
        self.env = env
        self._tokens = dict(tokens or {})

    @property
    def mappings(self) -> Dict[str, Any]:
        """Values by token."""
        return dict(self._tokens)

    def get(self, token: str, default: Any = None) -> Any:
        """The value of a token."""
        return self._tokens.get(token, default)

    def substitute(self, text: str) -> str:
        """Replaces `${token}` and `{token}`. Unknown ones stay."""
        for token, value in self._tokens.items():
            text = text.replace("${" + token + "}", str(value)).replace("{" + token + "}", str(value))
        return text

    def substitute_yaml(self, data: Any) -> Any:
        """Replaces tokens in all texts of a structure."""
        if isinstance(data, str):
            return self.substitute(data)
        if isinstance(data, dict):
            return {key: self.substitute_yaml(value) for key, value in data.items()}
        if isinstance(data, list):
            return [self.substitute_yaml(value) for value in data]
        return data


class GenerationContext(Dict[str, Any]):
    """What surrounds an action. A mapping; its keys are attributes as well.

    `flowgroup`, `pipeline`, `project`, `env`, `job_name`, `presets`, `preset_config`, `project_config`,
    `substitution_manager`, `spec_dir`, `spec`, `config`, `files`, `upstream`, `operational_metadata`, `target`.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.get(name)


def context_of(params: Mapping[str, Any]) -> GenerationContext:
    """The context of a `generate` request."""
    given = dict(params.get("context") or {})
    project = given.get("project")
    name = given.get("flowgroup")
    flowgroup = View(
        {
            "flowgroup": name,
            "name": name,
            "pipeline": given.get("pipeline"),
            "job_name": given.get("job_name"),
            "presets": given.get("presets") or [],
        },
        text=name or "",
    )
    project_config = given.get("project_config") or {"name": project}
    tokens = given.pop("substitutions", None)
    spec_dir = given.get("spec_dir")
    given.update(
        flowgroup=flowgroup,
        preset_config=dict(given.get("preset_config") or {}),
        project_config=View(project_config, text=str(project_config.get("name") or "")),
        substitution_manager=SubstitutionManager(tokens, given.get("env")),
        spec_dir=PurePosixPath(spec_dir) if spec_dir else None,
        spec=dict(params.get("spec") or {}),
        config=dict(params.get("config") or {}),
        files=dict(params.get("files") or {}),
        upstream=list(params.get("upstream") or []),
    )
    return GenerationContext(given)


class Host:
    """What a generator may ask `lhp` for. The worker and the test kit put their own in its place."""

    def render(self, name: str, context: Mapping[str, Any]) -> str:
        """A template of the plugin, rendered."""
        raise RuntimeError(
            f"template `{name}` cannot be rendered here: use `lhp.plugin.testing.MockContext` or `lhp plugin test`"
        )

    def read_file(self, path: str) -> str:
        """A file of the project that the plugin may read."""
        raise RuntimeError(f"file `{path}` cannot be read here: use `lhp.plugin.testing.MockContext`")


_host: Host = Host()


def host() -> Host:
    """Where requests of generators go."""
    return _host


def use_host(new: Host) -> Host:
    """Sends requests of generators elsewhere; answers where they went before."""
    global _host
    old, _host = _host, new
    return old


class BaseActionGenerator(ABC):
    """Makes the code of an action.

    `generate` returns the body: top-level statements without imports. Everything else that belongs to an answer is
    added with the methods below.
    """

    def __init__(self) -> None:
        self._imports: List[str] = []
        self._answer: Dict[str, Any] = {}

    @abstractmethod
    def generate(self, action: Action, context: Dict[str, Any]) -> str:
        """The code of the action."""

    def add_import(self, statement: str) -> None:
        """An import that the code needs. `lhp` sorts them and takes out doubles."""
        statement = statement.strip()
        if statement and statement not in self._imports:
            self._imports.append(statement)

    @property
    def imports(self) -> List[str]:
        """The imports so far, sorted."""
        return sorted(self._imports)

    def render_template(self, template_name: str, context: Optional[Mapping[str, Any]] = None, **more: Any) -> str:
        """A template of the plugin, rendered with these values."""
        return host().render(template_name, {**(context or {}), **more})

    def read_file(self, path: str) -> str:
        """A file of the project, by path relative to the project. The result depends on it from then on."""
        self._list("depends_on_files").append(path)
        return host().read_file(path)

    def add_pre_pipeline(self, statement: str) -> None:
        """A statement that runs before everything else in the module."""
        self._list("pre_pipeline").append(statement)

    def add_helper(self, name: str, content: str) -> None:
        """A Python module beside the generated one."""
        self._list("helpers").append({"name": name, "content": content})

    def add_file(self, path: str, content: str) -> None:
        """Another file, below the directory of artifacts."""
        self._list("files").append({"path": path, "content": content})

    def add_reads(self, *tables: str) -> None:
        """Tables that the code reads."""
        self._list("reads").extend(tables)

    def add_writes(self, *tables: str) -> None:
        """Tables that the code writes."""
        self._list("writes").extend(tables)

    def add_defines(self, *names: str) -> None:
        """Names that the body defines. Without any, `lhp` looks for them itself."""
        self._list("defines").extend(names)

    def add_diagnostic(
        self,
        message: str,
        severity: str = "warning",
        code: Optional[str] = None,
        path: Optional[str] = None,
        help: Optional[str] = None,
    ) -> None:
        """Something to tell. `path` points to the setting it is about, as in `/spec/format`."""
        self._list("diagnostics").append(
            {"severity": severity, "code": code, "message": message, "path": path, "help": help}
        )

    def _list(self, name: str) -> List[Any]:
        # Subclasses may forget to call the constructor of this class.
        answer: Dict[str, List[Any]] = self.__dict__.setdefault("_answer", {})
        return answer.setdefault(name, [])


GenerateFunction = Callable[[Action, GenerationContext], Any]

#: Parts of an answer that a generator collects beside its body.
COLLECTED: Tuple[str, ...] = (
    "pre_pipeline",
    "helpers",
    "defines",
    "reads",
    "writes",
    "files",
    "diagnostics",
    "depends_on_files",
)
