// What one row and a large batch of a small expression cost: `a * 2 + b > 10 AND s = 'x'` and its parts.
#include <benchmark/benchmark.h>

#include <random>
#include <string>
#include <vector>

#include "common/string_ref.h"
#include "exec/expression/program.h"
#include "function/registry.h"

namespace laminar {
namespace {

// a BIGINT and b BIGINT below 20, s VARCHAR: one of two letters.
struct Input {
  explicit Input(uint32_t rows) : a(rows), b(rows), s(rows) {
    std::mt19937 random(42);
    for (uint32_t i = 0; i < rows; ++i) {
      a[i] = static_cast<int64_t>(random() % 20);
      b[i] = static_cast<int64_t>(random() % 20);
      s[i] = StringRef(random() % 2 == 0 ? "x" : "y");
    }
    delta.rows = rows;
    delta.columns = {{a.data(), nullptr}, {b.data(), nullptr}, {s.data(), nullptr}};
  }
  std::vector<int64_t> a, b;
  std::vector<StringRef> s;
  Delta delta;
};

template <typename... Arguments>
ExpressionPtr Call(const char* name, Arguments... arguments) {
  std::vector<ExpressionPtr> list;
  (list.push_back(std::move(arguments)), ...);
  return FunctionRegistry::Get().BindScalar(name, std::move(list), "", {});
}

ExpressionPtr A() { return Expression::MakeColumn(0, TypeId::kInt64, false, "a"); }
ExpressionPtr B() { return Expression::MakeColumn(1, TypeId::kInt64, false, "b"); }
ExpressionPtr S() { return Expression::MakeColumn(2, TypeId::kVarchar, false, "s"); }
ExpressionPtr Number(int32_t value) { return Expression::MakeConstant(Value(TypeId::kInt32, int64_t{value})); }
ExpressionPtr Text(const char* text) { return Expression::MakeConstant(Value::Varchar(text)); }

ExpressionPtr Sum() { return Call("+", Call("*", A(), Number(2)), B()); }
ExpressionPtr Compared() { return Call(">", Sum(), Number(10)); }
ExpressionPtr Whole() { return Call("and", Compared(), Call("=", S(), Text("x"))); }
ExpressionPtr Simple() { return Call(">", A(), Number(10)); }
ExpressionPtr Chosen() {
  std::vector<ExpressionPtr> children;
  children.push_back(Simple());
  children.push_back(A());
  children.push_back(B());
  return Expression::MakeCase(std::move(children), TypeId::kInt64);
}
ExpressionPtr Upper() { return Call("upper", S()); }
ExpressionPtr Divided() { return Call("/", A(), Call("+", B(), Number(1))); }

template <ExpressionPtr (*kMake)()>
void Run(benchmark::State& state) {
  const Input input(static_cast<uint32_t>(state.range(0)));
  const ExpressionPtr expression = kMake();
  const auto program = Program::Compile({&expression, 1});
  for (auto _ : state) benchmark::DoNotOptimize(program->Run(input.delta, 0).data());
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

template <ExpressionPtr (*kMake)()>
void Filter(benchmark::State& state) {
  const Input input(static_cast<uint32_t>(state.range(0)));
  const ExpressionPtr expression = kMake();
  const auto program = Program::Compile({&expression, 1});
  std::vector<uint32_t> selection(input.delta.rows);
  RowErrors errors;
  uint32_t kept = 0;
  for (auto _ : state) kept = program->RunFilter(input.delta, 0, selection.data(), &errors);
  // The answer, the plain way: a fast filter that is wrong is none.
  if constexpr (kMake == &Whole) {
    uint32_t expected = 0;
    for (uint32_t i = 0; i < input.delta.rows; ++i) {
      expected += input.a[i] * 2 + input.b[i] > 10 && input.s[i].view() == "x" ? 1 : 0;
    }
    if (kept != expected) state.SkipWithError("wrong answer");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

BENCHMARK(Filter<Whole>)->Arg(1)->Arg(16)->Arg(1'024)->Arg(65'536)->Arg(1'000'000);
BENCHMARK(Filter<Simple>)->Arg(1)->Arg(1'024)->Arg(65'536);
BENCHMARK(Run<Whole>)->Arg(1)->Arg(16)->Arg(1'024)->Arg(65'536)->Arg(1'000'000);
BENCHMARK(Run<Sum>)->Arg(1)->Arg(1'024)->Arg(65'536);
BENCHMARK(Run<Compared>)->Arg(1)->Arg(65'536);
BENCHMARK(Run<Divided>)->Arg(1)->Arg(65'536);
BENCHMARK(Run<Chosen>)->Arg(1)->Arg(65'536);
BENCHMARK(Run<Upper>)->Arg(1)->Arg(65'536);

}  // namespace
}  // namespace laminar

BENCHMARK_MAIN();
