"""`dataclass` as dataclasses has it, without its price at start: a class gets its methods when its first object is made.

What @dataclass makes is source text that Python has to compile: 0.4 to 0.9 ms for each class on a PC, ten times that on a
Pi. A service knows sixty shapes and needs a dozen of them in its first minute; so made, it starts a quarter sooner.
Fields are looked for when somebody asks for them (`dataclasses.fields`, `payload`). Not for a class that inherits
fields, nor with `slots`: those take dataclasses' own.
"""

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses

    _LOCK = threading.RLock()  # a service with a web server makes objects in several threads
    _METHODS, _FIELDS = ("init", "repr", "eq"), "__dataclass_fields__"

    def dataclass(cls=None, /, **options):
        return _prepared(cls, options) if cls is not None else lambda cls: _prepared(cls, options)

    class _Fields:
        """Stands where dataclasses keeps the fields, until somebody wants to know them."""

        def __init__(self, cls, options):
            self._cls = cls
            self._named = {name: value for name, value in options.items() if name in ("kw_only", "match_args")}

        def __get__(self, _object, _heir):
            with _LOCK:
                if vars(self._cls)[_FIELDS] is self:
                    dataclasses.dataclass(self._cls, **self._named, **dict.fromkeys(_METHODS, False))
            return vars(self._cls)[_FIELDS]

    def _prepared(cls, options):
        written = dict(vars(cls))
        if cls.__doc__ is None:
            cls.__doc__ = cls.__name__  # dataclasses would look into its signature to write one
        setattr(cls, _FIELDS, _Fields(cls, options))

        def first(self, *args, **values):
            with _LOCK:
                if cls.__init__ is first:
                    _finish(cls, written, options)
            cls.__init__(self, *args, **values)

        cls.__init__ = first
        return cls

    def _finish(cls, written, options):
        """`__init__` comes last, and from a twin: whoever finds the new one finds all that belongs to it."""
        own = {field.name: written[field.name] for field in dataclasses.fields(cls) if field.name in written}
        for name, value in own.items():
            setattr(cls, name, value)  # what was a field() shall be one again
        dataclasses.dataclass(cls, **{**options, "init": False})
        own |= {name: written[name] for name in ("__post_init__", "__module__", "__qualname__") if name in written}
        types = {field.name: field.type for field in dataclasses.fields(cls)}
        twin = type(cls.__name__, (), {**own, "__doc__": cls.__doc__, "__annotations__": types})
        cls.__init__ = dataclasses.dataclass(twin, **{**options, "repr": False, "eq": False}).__init__
