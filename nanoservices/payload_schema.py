"""Shapes as JSON Schema (2020-12), from the annotations that payload.py checks by. Pure.

`schema_of` names a shape by `#/components/schemas/<its name>`, and leaves in `found` the schema of each that it met.
"""

import dataclasses
import types
import typing
from typing import Any, Literal, Union

from nanoservices.payload import plain

Schema = dict[str, Any]
_SCALARS: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    float: {"type": "number"},
    bool: {"type": "boolean"},
    types.NoneType: {"type": "null"},
    Any: {},
}


def schema_of(hint: Any, found: dict[str, Schema], *, closed: bool = False) -> Schema:
    """`closed`: a field that is not known is refused."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if dataclasses.is_dataclass(hint):
        return _shape(hint, found, closed)
    if origin is typing.Annotated:
        schema = schema_of(inner[0], found, closed=closed)
        for limit in inner[1:]:
            schema = limit.schema(schema)
        return schema
    if origin is Literal:
        return {"enum": list(inner)}
    if origin in (Union, types.UnionType):
        return {"anyOf": [schema_of(choice, found, closed=closed) for choice in inner]}
    if origin is tuple:
        return {"type": "array", "items": schema_of(inner[0], found, closed=closed)}
    if origin is dict:
        return {"type": "object", "additionalProperties": schema_of(inner[1], found, closed=closed)}
    return dict(_SCALARS[hint])


def fields_of(shape: Any, found: dict[str, Schema], *, closed: bool = False) -> list[tuple[str, Schema, bool]]:
    """Name, schema, and whether it has to be there."""
    hints = typing.get_type_hints(shape, include_extras=True)
    return [_field(field, hints[field.name], found, closed) for field in dataclasses.fields(shape)]


def _field(field: "dataclasses.Field[Any]", hint: Any, found: dict[str, Schema], closed: bool) -> tuple[str, Schema, bool]:
    schema = schema_of(hint, found, closed=closed)
    required = field.default is field.default_factory is dataclasses.MISSING
    if not required and field.default is not None and field.default is not dataclasses.MISSING:
        schema = {**schema, "default": plain(field.default)}
    return field.name, schema, required


def _shape(shape: Any, found: dict[str, Schema], closed: bool) -> Schema:
    name = shape.__name__
    if name not in found:
        found[name] = {}  # it may hold itself
        fields = fields_of(shape, found, closed=closed)
        schema: Schema = {"type": "object", "properties": {name: of for name, of, _ in fields}}
        if required := [name for name, _, needed in fields if needed]:
            schema["required"] = required
        if closed:
            schema["additionalProperties"] = False
        if shape.__doc__ and not shape.__doc__.startswith(f"{name}("):
            schema["description"] = " ".join(shape.__doc__.split())
        found[name] = schema
    return {"$ref": f"#/components/schemas/{name}"}
