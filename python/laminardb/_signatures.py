"""What `inspect.signature` and `help()` show of the module's functions. See python/src/signatures.cpp."""

from __future__ import annotations

import functools
import inspect
import re
from typing import Any

# nanobind leaves a place for each default, as \0, \1, …
_PLACE = re.compile(r"\\(\d+)")


def signature(function: Any) -> inspect.Signature:
    """The signature of a function or method; of a bound method without `self`.

    Raises:
        AttributeError: the function has several.
    """
    owner = getattr(function, "__func__", None)
    if owner is None:
        return _signature(function)
    first, *others = _signature(owner).parameters.values()
    assert first.name == "self"
    return _signature(owner).replace(parameters=others)


def doc(function: Any) -> str | None:
    """The docstring as it was written."""
    (_, text, _), *others = function.__nb_signature__
    if others:
        return "\n\n".join(dict.fromkeys(text for _, text, _ in function.__nb_signature__ if text)) or None
    return text or None


class _Annotation(str):
    """Text that is shown as it is; what it names need not be installed."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@functools.cache
def _signature(function: Any) -> inspect.Signature:
    if len(function.__nb_signature__) != 1:
        raise AttributeError("__signature__")
    ((text, _, defaults),) = function.__nb_signature__
    definition = text.strip().splitlines()[-1]
    for prefix in ("laminardb._laminardb.", "laminardb.errors.", "laminardb._async.", "collections.abc.", "typing."):
        definition = definition.replace(prefix, "")
    names = {f"_{place}": default for place, default in enumerate(defaults or ())}
    definition = _PLACE.sub(r"_\1", definition)
    exec(f"from __future__ import annotations\n{definition}: ...", names)
    found = inspect.signature(names[function.__name__])
    parameters = [
        parameter.replace(annotation=_shown(parameter.annotation, parameter.empty))
        for parameter in found.parameters.values()
    ]
    return found.replace(
        parameters=parameters, return_annotation=_shown(found.return_annotation, inspect.Signature.empty)
    )


def _shown(annotation: Any, empty: Any) -> Any:
    return empty if annotation is empty else _Annotation(annotation)
