"""The state as compiled code sees it: the same arrays, all found from one pointer.

A compiled function receives a NamedTuple of 150 arrays as a thousand separate values, at every call: ten times slower
to run and minutes to compile. So rules are given a `View`: a table in memory of where each array begins and how long
it is. The type of the view says which field stands where in the table, and `state.firms.stage` compiles to a read of
that place. Rules read and write the very same arrays. Where compilation is off, the NamedTuple itself is passed.

Nobody counts references here, as numba's own structures do at every access, which took near half of the time of a run:
the view holds the arrays, and whoever calls a rule holds the view.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Any, cast

import numpy as np
from numba import extending, from_dtype, types
from numba.core import cgutils
from numba.core.datamodel import models
from numba.core.typing import templates
from numba.np import arrayobj

from twin.engine import settings

# numba's own modules have no types
kinds, extend, emit, arrays, forms = (cast(Any, module) for module in (types, extending, cgutils, arrayobj, models))

WORD = 8  #: bytes of an entry of a table


def boxed(group: Any) -> Any:
    """A State, or another NamedTuple of arrays, as rules are to be given it."""
    return group if settings.DISABLE_JIT else View(group)


class View:
    """A table of where the arrays of a NamedTuple are; neither it nor they are ever put elsewhere."""

    def __init__(self, group: Any) -> None:
        words: list[int] = []
        self._numba_type_ = _lay_out(group, words)  # where numba looks for the type of what it is given
        self.group, self._table = group, np.array(words, np.int64)
        self.address = int(self._table.ctypes.data)


class ViewType(types.Type):
    """The type of a view: of each field its own type, and its place in the table."""

    def __init__(self, name: str, fields: tuple[tuple[str, Any, int], ...]) -> None:
        self.fields = {field: (kind, place) for field, kind, place in fields}
        super().__init__(f"{name}-{hashlib.sha256(repr(fields).encode()).hexdigest()[:16]}")


class HeldArray(types.Array):
    """The type of an array whose references rules do not count."""


def _lay_out(group: Any, words: list[int]) -> ViewType:
    """Append a NamedTuple's entries to a table: of an array where it is and its shape, of a group its entries."""
    start, fields = len(words), []
    for name, value in zip(group._fields, group, strict=True):
        place = len(words) - start
        if isinstance(value, tuple):
            kind = _lay_out(value, words)
        elif isinstance(value, np.ndarray):
            if not value.flags.c_contiguous:
                raise ValueError(f"{type(group).__name__}.{name}: not contiguous; rules are given whole arrays")
            kind = _array_type(value.dtype, value.ndim)
            words += (value.__array_interface__["data"][0], *value.shape)  # `value.ctypes` makes an object first
        elif isinstance(value, float):
            kind = kinds.float64
            words.append(int(np.float64(value).view(np.int64)))
        else:
            kind = kinds.int64
            words.append(int(value))
        fields.append((name, kind, place))
    known = (type(group), *((id(kind), place) for _, kind, place in fields))
    return _VIEW_TYPES.get(known) or _VIEW_TYPES.setdefault(known, ViewType(type(group).__name__, tuple(fields)))


#: By what is in them: by the identity of types, of which there is one of each, since numba's are slow to compare.
_VIEW_TYPES: dict[tuple[Any, ...], ViewType] = {}


@cache
def _array_type(dtype: np.dtype[Any], dimensions: int) -> Any:
    return HeldArray(from_dtype(dtype), dimensions, "C", name=f"held array({dtype}, {dimensions}d)")


extend.register_model(ViewType)(forms.OpaqueModel)  # an address


@extend.register_model(HeldArray)
class _HeldModel(models.StructModel):
    """What numba knows an array by, but for the counter of references, which is an address like any other."""

    def __init__(self, manager: Any, kind: Any) -> None:
        counted = forms.ArrayModel(manager, kind)
        members = [(name, counted.get_type(name)) for name in counted._fields]
        forms.StructModel.__init__(self, manager, kind, [("meminfo", kinds.voidptr), *members[1:]])


@extend.unbox(ViewType)  # type: ignore[untyped-decorator]
def _address_of(_: ViewType, view: Any, c: Any) -> Any:
    address = c.pyapi.object_getattr_string(view, "address")
    pointer = c.pyapi.long_as_voidptr(address)
    c.pyapi.decref(address)
    return extend.NativeValue(pointer)


@extend.infer_getattr
class _Fields(templates.AttributeTemplate):
    key = ViewType

    def generic_resolve(self, view: ViewType, field: str) -> Any:  # type: ignore[override]
        return view.fields[field][0] if field in view.fields else None


@extend.lower_getattr_generic(ViewType)  # type: ignore[untyped-decorator]
def _read(context: Any, builder: Any, view: ViewType, table: Any, field: str) -> Any:
    """A field: of a group its part of the table, of an array what numba knows an array by."""
    kind, place = view.fields[field]
    if isinstance(kind, ViewType):
        return emit.pointer_add(builder, table, place * WORD)
    if not isinstance(kind, HeldArray):
        return _entry(builder, table, place, context.get_value_type(kind))
    array = context.make_array(kind)(context, builder)
    shape = [_entry(builder, table, place + 1 + axis, context.get_value_type(kinds.intp)) for axis in range(kind.ndim)]
    itemsize = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    strides = [context.get_constant(kinds.intp, itemsize)]
    for length in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], length))
    data = _entry(builder, table, place, context.get_data_type(kind.dtype).as_pointer())
    arrays.populate_array(array, data=data, shape=shape, strides=strides, itemsize=itemsize, meminfo=None)
    return array._getvalue()  # noqa: SLF001  # as numba's own extensions do


def _entry(builder: Any, table: Any, place: int, kind: Any) -> Any:
    """An entry of a table, which never changes, so that it need not be read again after something else is written."""
    entry = builder.load(emit.pointer_add(builder, table, place * WORD, kind.as_pointer()))
    entry.set_metadata("invariant.load", builder.module.add_metadata([]))
    return entry
