"""The register of processes that a scenario may name, and what each may be told.

A process is a generator function of the environment and of keyword arguments. What an argument may be is read from its
annotation: `int`, `float`, `str`, `bool`, narrowed by pydantic's `Field` where they have bounds; `Date`, written as a
quarter; or the id of something of the park or the catalog, such as `Service`, of which the process gets the row.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from pydantic import ConfigDict, TypeAdapter, ValidationError

from twin.catalog import Catalog, nearest
from twin.engine.environment import Event, ParkEnvironment
from twin.errors import Fault, TwinError
from twin.park import Park
from twin.units import Quarter

#: A process as it is started: a generator function of the environment.
Process = Callable[[ParkEnvironment], Generator[Event, Any, Any]]

#: A function of the environment and of what a scenario tells it.
Function = TypeVar("Function", bound=Callable[..., Generator[Event, Any, Any]])


class Id(NamedTuple):
    """Marks an argument that is written as an id, or as a date, and given as a number."""

    kind: str


Industry = Annotated[int, Id("industry")]
"""The row of an industry."""
ChainNode = Annotated[int, Id("chain_node")]
"""The row of a link of a chain."""
Stage = Annotated[int, Id("stage")]
"""The row of a stage."""
Service = Annotated[int, Id("service")]
"""The row of a service."""
Tier = Annotated[int, Id("tier")]
"""The row of a tier."""
Building = Annotated[int, Id("building")]
"""The row of a building for firms."""
Date = Annotated[float, Id("date")]
"""Years since the start, written as the quarter at whose beginning it is."""


class World(NamedTuple):
    """What the arguments of a process are read against."""

    park: Park
    catalog: Catalog
    start: Quarter
    end: Quarter  #: the last quarter

    def ids(self, kind: str) -> Sequence[str]:
        """The ids of a kind, by row."""
        if kind == "building":
            return self.park.firm_buildings["building_id"].tolist()
        of_catalog: Mapping[str, Sequence[str]] = {
            "industry": self.catalog.industries,
            "chain_node": self.catalog.chain_nodes,
            "stage": self.catalog.stages,
            "service": self.catalog.services,
            "tier": self.catalog.tiers,
        }
        return of_catalog[kind]


_PLAIN = {"integer": "a whole number", "number": "a number", "string": "text", "boolean": "true or false"}


class Argument(NamedTuple):
    """What may be said to a process under one name."""

    name: str
    annotation: Any
    id: str  #: the kind of thing it names, `date`, or "" where it is a plain value
    required: bool

    @property
    def schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        if self.id == "date":
            return {"type": "string", "pattern": "^[0-9]{4}Q[1-4]$", "description": "A quarter, such as 2027Q1."}
        if self.id:
            return {"type": "string", "description": f"Id of a {self.id}."}
        return self._adapter.json_schema()

    @property
    def wanted(self) -> str:
        """What it has to be, in words."""
        if self.id:
            return "a quarter, such as 2027Q1" if self.id == "date" else f"the id of a {self.id}"
        schema = self.schema
        low, high = schema.get("minimum"), schema.get("maximum")
        bounds = f" from {low:g} to {high:g}" if low is not None and high is not None else ""
        return _PLAIN[schema["type"]] + bounds

    def read(self, said: Any, world: World) -> Any:
        """The value that a scenario says. Raises ValueError with what is wrong, and what would be right."""
        try:
            value = self._adapter.validate_python(said)
        except ValidationError as error:
            told = error.errors()[0]["msg"] if self.wanted in _PLAIN.values() else ""
            raise ValueError(f"{said!r}", told if "finite" in told else self.wanted) from None
        if self.id == "date":
            return _years(value, world)
        if self.id:
            known = list(world.ids(self.id))
            if value not in known:
                raise ValueError(f"unknown {self.id} {value!r}", nearest(value, known))
            return known.index(value)
        return value

    @property
    def _adapter(self) -> TypeAdapter[Any]:
        kind = str if self.id else self.annotation
        return TypeAdapter(kind, config=ConfigDict(strict=True, allow_inf_nan=False))


@dataclass(frozen=True)
class Registered:
    """A process that a scenario may name."""

    name: str
    function: Callable[..., Generator[Event, Any, Any]]
    arguments: Mapping[str, Argument]

    @property
    def about(self) -> str:
        """What it does: the first paragraph of its docstring."""
        return " ".join((inspect.getdoc(self.function) or "").partition("\n\n")[0].split())

    def told(self, said: Mapping[str, Any], world: World, place: Callable[..., str]) -> Process:
        """The process with its arguments. Raises ProcessFaults with everything that is wrong with what is said.

        `place` says where an argument stands, and where the process does if it is called with none.
        """
        faults, values = [], {}
        for name in said:
            if name not in self.arguments:
                cure = nearest(name, list(self.arguments)) if self.arguments else "it takes none"
                faults.append(Fault(place(name), f"unknown argument {name!r} of {self.name}", cure))
        for argument in self.arguments.values():
            if argument.name not in said:
                if argument.required:
                    faults.append(
                        Fault(place(), f"{self.name} without {argument.name}", f"{argument.name}: {argument.wanted}")
                    )
                continue
            try:
                values[argument.name] = argument.read(said[argument.name], world)
            except ValueError as error:
                what, cure = error.args
                faults.append(Fault(place(argument.name), f"{argument.name} of {self.name}: {what}", cure))
        if faults:
            raise ProcessFaults(faults)
        return partial(_watched, self, values)


class ProcessFaults(Exception):  # noqa: N818  # carries the faults to whoever knows what they are faults of
    """What is wrong with what a process is told."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults)
        self.faults = tuple(faults)


_PROCESSES: dict[str, Registered] = {}

#: All processes by name: those that come along, and those of files and packages that were loaded.
PROCESSES: Mapping[str, Registered] = MappingProxyType(_PROCESSES)


def process(function: Function) -> Function:
    """Register a generator function of `(env, *, …)` as a process that a scenario may name.

    A process finds out from `env.now` where it is, and keeps in itself nothing that the park does not hold: begun at a
    later instant, in the middle of a run that is taken up again, it does what it would have done from there on. A
    yearly one loops over `itertools.count(math.ceil(env.now))`, and not from 0. Raises TwinError where the function is
    no such thing, or another one has its name.
    """
    name = getattr(function, "__name__", repr(function))
    if not name.isidentifier():
        raise TwinError(f"process {name}: not a name that a scenario can say; `def` and a name")
    if not inspect.isgeneratorfunction(function):
        raise TwinError(f"process {name}: not a generator function; a process waits by `yield`")
    known = _PROCESSES.get(name)
    if known is not None and _home(known.function) != _home(function):
        raise TwinError(f"process {name}: there is one in {known.function.__code__.co_filename}; another name")
    _PROCESSES[name] = Registered(name, function, _arguments(function, name))
    return function


def forget(module: str) -> None:
    """Take out what a module registered."""
    for name in [name for name, known in _PROCESSES.items() if known.function.__module__ == module]:
        del _PROCESSES[name]


def _home(function: Callable[..., Any]) -> tuple[str, str]:
    """By what a function is known again when its file or its notebook's cell is run anew."""
    return function.__module__, function.__qualname__


def _arguments(function: Callable[..., Any], name: str) -> dict[str, Argument]:
    """What a process may be told, from its signature. Raises TwinError for what a scenario cannot say."""
    parameters = list(inspect.signature(function).parameters.values())
    usage = f"`def {name}(env, *, …)`, none of the arguments named process"
    if not parameters:
        raise TwinError(f"process {name}: no argument for the environment; {usage}")
    if parameters[0].kind not in {inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD}:
        raise TwinError(f"process {name}: argument {parameters[0].name} is not the environment; {usage}")
    hints = get_type_hints(function, include_extras=True)
    found = {}
    for one in parameters[1:]:
        if one.kind is not inspect.Parameter.KEYWORD_ONLY or one.name == "process":
            raise TwinError(f"process {name}: argument {one.name}; {usage}")
        hint = hints.get(one.name)
        base, *marks = get_args(hint) if get_origin(hint) is Annotated else (hint,)
        if base not in {int, float, str, bool}:
            raise TwinError(
                f"process {name}: {one.name} is {hint}; int, float, str, bool, Date, or an id such as Service"
            )
        kind = next((mark.kind for mark in marks if isinstance(mark, Id)), "")
        found[one.name] = Argument(one.name, hint, kind, one.default is inspect.Parameter.empty)
    return found


def _years(text: str, world: World) -> float:
    """Years from the start to a quarter within the run. Raises ValueError with what would be right."""
    try:
        quarter = Quarter.parse(text)
    except ValueError as error:
        raise ValueError(str(error), "a quarter, such as 2027Q1") from None
    if not world.start <= quarter <= world.end:
        raise ValueError(f"{text} is outside the run", f"from {world.start} to {world.end}")
    return quarter.years_since(world.start)


def _watched(of: Registered, values: Mapping[str, Any], env: ParkEnvironment) -> Generator[Event, Any, Any]:
    """The story of a process; what goes wrong in it is told with its file and line."""
    try:
        return (yield from _events(of.function(env, **values)))
    except TwinError:
        raise
    except (Exception, SystemExit) as error:  # a process that leaves the program would leave it without a word
        raise TwinError(f"process {of.name}: {origin_of(error, of.function.__code__.co_filename)}") from error


def _events(story: Generator[Event, Any, Any]) -> Generator[Event, Any, Any]:
    """What a process waits for, one after the other; whatever is no event is thrown back at the line that yields it."""
    go_on: Callable[[], Any] = partial(next, story)
    try:
        while True:
            event = go_on()
            if not isinstance(event, Event):
                what = f"yields {event!r}, which is no event; `yield env.at(…)` or `yield env.on(…)`"
                go_on = partial(story.throw, TypeError(what))
                continue
            try:
                go_on = partial(story.send, (yield event))
            except Exception as error:  # noqa: BLE001  # of an event that failed: the process is told
                go_on = partial(story.throw, error)
    except StopIteration as end:
        return end.value
    finally:
        story.close()


def origin_of(error: BaseException, file: str) -> str:
    """Where in a file an error comes from, and what it says."""
    line, step = 0, error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == file:
            line = step.tb_lineno
        step = step.tb_next
    return f"{file}:{line}: {type(error).__name__}: {error}" if line else f"{file}: {type(error).__name__}: {error}"
