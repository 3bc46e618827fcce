// Connection: Python functions as functions of SQL.
#include <fmt/core.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "connection.h"
#include "engine_call.h"
#include "python_function.h"

namespace laminar::python {

namespace {

bool TakesNulls(std::string_view null_handling) {
  if (null_handling == "default") return false;
  if (null_handling == "special") return true;
  throw nb::value_error("null_handling is 'default' (NULL in, NULL out) or 'special' (the function sees NULLs)");
}

bool WantsNumpy(std::string_view arrays) {
  if (arrays == "arrow") return false;
  if (arrays == "numpy") return true;
  throw nb::value_error("arrays is 'arrow' or 'numpy'");
}

struct Definition {
  FunctionSignature signature;
  FunctionOptions options;
};

/// Types from what was given, or from annotations; the first line of the docstring for SHOW FUNCTIONS.
Definition ReadDefinition(nb::handle code, nb::handle args, nb::handle returns, const char* annotated,
                          bool deterministic, std::string_view null_handling, bool replace) {
  const nb::object read =
      nb::module_::import_("laminardb._functions").attr("signature")(code, args, returns, annotated);
  Definition definition;
  definition.signature.arguments = nb::cast<std::vector<std::string>>(read[0]);
  definition.signature.returns = nb::cast<std::string>(read[1]);
  definition.options = {.deterministic = deterministic,
                        .takes_nulls = TakesNulls(null_handling),
                        .replace = replace,
                        .help = nb::cast<std::string>(read[2])};
  return definition;
}

FunctionBody BodyOf(nb::object code, FunctionForm form) {
  return [function = std::make_shared<PythonFunction>(std::move(code), form)](FunctionCall& call) {
    function->Call(call);
  };
}

void RegisterFunction(PyConnection& self, std::string_view name, nb::object code, nb::handle args, nb::handle returns,
                      bool vectorized, bool deterministic, std::string_view null_handling, std::string_view arrays,
                      bool replace) {
  self.CheckOpen();
  if (!PyCallable_Check(code.ptr())) throw nb::type_error("a function must be callable");
  const Definition definition =
      ReadDefinition(code, args, returns, vectorized ? "" : "function", deterministic, null_handling, replace);
  const bool numpy = WantsNumpy(arrays);
  if (vectorized && definition.signature.arguments.empty()) {
    throw nb::value_error("a function without arguments cannot know how many rows to answer: pass vectorized=False");
  }
  FunctionBody body = BodyOf(std::move(code), !vectorized ? FunctionForm::kRows
                                              : numpy     ? FunctionForm::kNumpy
                                                          : FunctionForm::kArrays);
  EngineCall call;
  self.engine().RegisterFunction(name, definition.signature, std::move(body), definition.options);
}

void RegisterAggregate(PyConnection& self, std::string_view name, nb::object code, nb::handle args, nb::handle returns,
                       bool deterministic, std::string_view null_handling, std::string_view arrays, bool replace) {
  self.CheckOpen();
  const bool steps = nb::hasattr(code, "step");
  if (!PyCallable_Check(code.ptr()) || (steps && !nb::hasattr(code, "finalize"))) {
    throw nb::type_error("an aggregate is a class with step(…) and finalize(), or a function of the arrays of a group");
  }
  const Definition definition =
      ReadDefinition(code, args, returns, steps ? "aggregate" : "", deterministic, null_handling, replace);
  const bool numpy = WantsNumpy(arrays);
  FunctionBody body = BodyOf(std::move(code), steps   ? FunctionForm::kSteps
                                              : numpy ? FunctionForm::kNumpyGroup
                                                      : FunctionForm::kGroup);
  EngineCall call;
  self.engine().RegisterAggregate(name, definition.signature, std::move(body), definition.options);
}

}  // namespace

void DefineFunctions(ConnectionClass& connection) {
  connection
      .def(
          "register_function", &RegisterFunction, nb::arg("name"), nb::arg("fn"), nb::arg("args") = nb::none(),
          nb::arg("returns") = nb::none(), nb::kw_only(), nb::arg("vectorized") = true, nb::arg("deterministic") = true,
          nb::arg("null_handling") = "default", nb::arg("arrays") = "arrow", nb::arg("replace") = false,
          nb::sig("def register_function(self, name: str, fn: collections.abc.Callable[..., object], args: "
                  "collections.abc.Sequence[object] | None = None, returns: object = None, *, vectorized: bool = True, "
                  "deterministic: bool = True, null_handling: typing.Literal['default', 'special'] = 'default', "
                  "arrays: typing.Literal['arrow', 'numpy'] = 'arrow', replace: bool = False) -> None"),
          R"doc(Makes a Python function a function of SQL, in queries and streams of this database.

Args:
    fn: vectorised, it gets a `pyarrow.Array` for each argument, of at most 2,048 rows, and returns their results:
        anything that becomes an Arrow array of that length, or a single value for all rows. Otherwise it gets Python
        values, row by row.
    args, returns: types: names of SQL or Arrow, pyarrow types, or Python types. What is left out is taken from the
        annotations of a function that is not vectorised.
    deterministic: the same arguments always give the same result. Streams refuse a function that is not.
    null_handling: `'default'`: NULL in, NULL out, without a call. `'special'`: the function sees NULLs.
    arrays: `'numpy'` hands a vectorised function NumPy arrays.
    replace: put it in the place of the one of that name and those argument types, unless something uses that.

What it raises is an error in the data: a query raises `QueryError` 400 from it; in a stream the rows that fail are set
aside. It runs inside the engine, so it cannot use this connection.

Raises:
    SchemaError: 201 when there is a function of that name, 203 for a type that cannot be.

Example:
    >>> import pyarrow.compute as pc
    >>> conn.register_function("area", lambda w, h: pc.multiply(w, h), ["double", "double"], "double")
    >>> conn.register_function("shout", lambda s: s.upper() + "!", [str], str, vectorized=False)
    >>> conn.query("SELECT area(2, 3.5) AS a, shout('hello') AS s").to_pylist()
    [{'a': 7.0, 's': 'HELLO!'}])doc")
      .def("register_aggregate", &RegisterAggregate, nb::arg("name"), nb::arg("aggregate"),
           nb::arg("args") = nb::none(), nb::arg("returns") = nb::none(), nb::kw_only(),
           nb::arg("deterministic") = true, nb::arg("null_handling") = "default", nb::arg("arrays") = "arrow",
           nb::arg("replace") = false,
           nb::sig("def register_aggregate(self, name: str, aggregate: collections.abc.Callable[..., object], args: "
                   "collections.abc.Sequence[object] | None = None, returns: object = None, *, deterministic: bool = "
                   "True, null_handling: typing.Literal['default', 'special'] = 'default', arrays: "
                   "typing.Literal['arrow', 'numpy'] = 'arrow', replace: bool = False) -> None"),
           R"doc(Makes Python code an aggregate of SQL.

Args:
    aggregate: a class, whose instances get `step(value, …)` for each row of a group and then `finalize()`, as in
        sqlite3; or a function that gets the arrays of a whole group and returns one value.
    args, returns: types, as in `register_function`; what is left out is taken from the annotations of `step` and
        `finalize`.
    deterministic, null_handling, arrays, replace: as in `register_function`. By default rows with a NULL do not count,
        and a group without rows that count is NULL.

The rows of a group come in the order of ORDER BY in the call, then of event time, then of arrival. All of them are
kept; the aggregate is worked out anew from them for each group that a step has changed, so that it is right under
deletions too. FILTER, DISTINCT, HAVING and windows work as with the built-in ones.

Example:
    >>> class Product:
    ...     def __init__(self) -> None:
    ...         self.product = 1.0
    ...
    ...     def step(self, value: float) -> None:
    ...         self.product *= value
    ...
    ...     def finalize(self) -> float:
    ...         return self.product
    >>> conn.register_aggregate("my_product", Product)
    >>> conn.insert("t", {"k": ["a", "a"], "v": [3, 5]})
    2
    >>> conn.query("SELECT k, my_product(v) AS p FROM t GROUP BY k").to_pylist()
    [{'k': 'a', 'p': 15.0}]
    >>> import pyarrow.compute as pc
    >>> conn.register_aggregate("spread", lambda v: pc.max(v).as_py() - pc.min(v).as_py(), ["double"], "double"))doc")
      .def(
          "unregister_function",
          [](PyConnection& self, std::string_view name) {
            EngineCall call;
            self.engine().UnregisterFunction(name);
          },
          nb::arg("name"), nb::sig("def unregister_function(self, name: str) -> None"),
          R"doc(Takes away every function of that name that was registered or created.

Raises:
    SchemaError: 200 when there is none.
    QueryError: 400 naming the streams, views, sinks and functions that use it. Subscriptions do not hold it back.

Example:
    >>> conn.register_function("twice", lambda v: v * 2, [int], int, vectorized=False)
    >>> conn.unregister_function("twice"))doc");
}

}  // namespace laminar::python
