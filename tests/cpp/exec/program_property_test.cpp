// Programs against the naive evaluator, over random expressions, columns, NULLs, selections and failing rows.
#include <gtest/gtest.h>

#include "exec/expression/evaluate_constant.h"
#include "exec/expression/program.h"
#include "exec/naive_evaluator.h"
#include "exec/random_batch.h"
#include "function/registry.h"

namespace laminar {
namespace {

const std::vector<DataType> kTypes = {TypeId::kInt64,   TypeId::kInt32,   TypeId::kDouble,
                                      TypeId::kVarchar, TypeId::kBoolean, TypeId::kInt64};

class RandomExpressions {
 public:
  explicit RandomExpressions(uint32_t seed) : random_(seed) {}
  std::mt19937& random() { return random_; }
  int Pick(int below) { return std::uniform_int_distribution<>(0, below - 1)(random_); }

  Value RandomValue(const DataType& type) {
    switch (type.id()) {
      case TypeId::kInt64: {
        const int64_t extremes[] = {INT64_MAX, INT64_MIN, INT64_MAX / 2, 0, -1};
        return Value(type, Pick(12) == 0 ? extremes[Pick(5)] : int64_t{Pick(9)} - 4);
      }
      case TypeId::kInt32:
        return Value(type, Pick(12) == 0 ? int64_t{INT32_MAX} - Pick(3) : int64_t{Pick(9)} - 4);
      case TypeId::kDouble: {
        const double some[] = {
            0.0, -0.0, 1.5, -2.0, std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
            3.0};
        return Value::Double(some[Pick(7)]);
      }
      case TypeId::kVarchar: {
        const char* some[] = {
            "", "a", "ab", "abc", "exactly 12 b", "rather longer than that", "rather longer than THAT"};
        return Value::Varchar(some[Pick(7)]);
      }
      default:
        return Value::Boolean(Pick(2) == 0);
    }
  }

  std::vector<std::vector<Value>> RandomRows(uint32_t count, double nulls) {
    std::vector<std::vector<Value>> rows(count);
    for (std::vector<Value>& row : rows) {
      for (const DataType& type : kTypes) {
        const bool is_null = std::uniform_real_distribution<>(0, 1)(random_) < nulls;
        row.push_back(is_null ? Value(type) : RandomValue(type));
      }
    }
    return rows;
  }

  ExpressionPtr Of(TypeId type, int depth) {
    if (depth == 0 || Pick(6) == 0) return Leaf(type);
    if (Pick(6) == 0) return Branches(type, depth);
    if (Pick(8) == 0) return Call("coalesce", Of(type, depth - 1), Of(type, depth - 1));
    switch (type) {
      case TypeId::kBoolean:
        return Predicate(depth);
      case TypeId::kVarchar:
        return Pick(2) == 0 ? Call("||", Of(type, depth - 1), Of(type, depth - 1)) : Call("upper", Of(type, depth - 1));
      case TypeId::kDouble: {
        if (Pick(4) == 0) return Expression::MakeCast(Of(TypeId::kInt64, depth - 1), type, false);
        const char* symbols[] = {"+", "-", "*", "/"};
        return Call(symbols[Pick(4)], Of(type, depth - 1), Of(type, depth - 1));
      }
      default: {
        if (type == TypeId::kInt64 && Pick(5) == 0) {
          return Expression::MakeCast(Expression::MakeCast(Of(type, depth - 1), TypeId::kInt16, Pick(2) == 0), type,
                                      false);
        }
        const char* symbols[] = {"+", "-", "*", "/", "%"};
        return Call(symbols[Pick(5)], Of(type, depth - 1), Of(type, depth - 1));
      }
    }
  }

 private:
  template <typename... Arguments>
  ExpressionPtr Call(const char* name, Arguments... arguments) {
    std::vector<ExpressionPtr> list;
    (list.push_back(std::move(arguments)), ...);
    return FunctionRegistry::Get().BindScalar(name, std::move(list), "", {});
  }

  ExpressionPtr Leaf(TypeId type) {
    if (Pick(3) == 0) {
      return Expression::MakeConstant(Pick(8) == 0 ? Value(type) : RandomValue(type));
    }
    std::vector<int> columns;
    for (size_t c = 0; c < kTypes.size(); ++c) {
      if (kTypes[c].id() == type) columns.push_back(static_cast<int>(c));
    }
    const int column = columns[static_cast<size_t>(Pick(static_cast<int>(columns.size())))];
    return Expression::MakeColumn(column, type, true, "c" + std::to_string(column));
  }

  ExpressionPtr Branches(TypeId type, int depth) {
    std::vector<ExpressionPtr> children;
    const int branches = 1 + Pick(3);
    for (int i = 0; i < branches; ++i) {
      children.push_back(Of(TypeId::kBoolean, depth - 1));
      children.push_back(Of(type, depth - 1));
    }
    children.push_back(Of(type, depth - 1));
    return Expression::MakeCase(std::move(children), type);
  }

  ExpressionPtr Predicate(int depth) {
    const TypeId types[] = {TypeId::kInt64, TypeId::kInt32, TypeId::kDouble, TypeId::kVarchar, TypeId::kBoolean};
    const TypeId operand = types[Pick(5)];
    switch (Pick(6)) {
      case 0:
        return Call("and", Of(TypeId::kBoolean, depth - 1), Of(TypeId::kBoolean, depth - 1),
                    Of(TypeId::kBoolean, depth - 1));
      case 1:
        return Call("or", Of(TypeId::kBoolean, depth - 1), Of(TypeId::kBoolean, depth - 1));
      case 2:
        return Call("not", Of(TypeId::kBoolean, depth - 1));
      case 3:
        return Pick(2) == 0 ? Call("is null", Of(operand, depth - 1))
                            : Call("in", Of(operand, depth - 1), Leaf(operand), Leaf(operand));
      default: {
        const char* symbols[] = {"=", "<>", "<", "<=", ">", ">="};
        return Call(symbols[Pick(6)], Of(operand, depth - 1), Of(operand, depth - 1));
      }
    }
  }

  std::mt19937 random_;
};

Outcome Expected(const Expression& expression, const TestBatch& batch, uint32_t row) {
  return NaiveEvaluator([&](int column) { return batch.At(row, static_cast<size_t>(column)); }).Evaluate(expression);
}

bool Same(const Value& a, const Value& b) {
  // Text, because NaN is not equal to itself in C++.
  return a.is_null() == b.is_null() && (a.is_null() || a.ToString() == b.ToString());
}

class ProgramProperty : public testing::TestWithParam<uint32_t> {};

TEST_P(ProgramProperty, RunGivesWhatTheNaiveEvaluatorGives) {
  RandomExpressions make(GetParam());
  const TypeId types[] = {TypeId::kInt64, TypeId::kInt32, TypeId::kDouble, TypeId::kVarchar, TypeId::kBoolean};
  for (int round = 0; round < 12; ++round) {
    std::vector<ExpressionPtr> expressions;
    for (int i = 0; i < 3; ++i) expressions.push_back(make.Of(types[make.Pick(5)], 1 + make.Pick(4)));
    const std::unique_ptr<Program> first = Program::Compile(expressions);
    const std::unique_ptr<Program> program = make.Pick(2) == 0 ? first->Clone() : Program::Compile(expressions);
    const uint32_t sizes[] = {1, 2, 63, 64, 65, 300, 2048, 2049, 4500};
    for (int run = 0; run < 3; ++run) {
      TestBatch batch(kTypes, make.RandomRows(sizes[make.Pick(9)], make.Pick(2) * 0.2));
      if (make.Pick(2) == 0) batch.SelectRandomly(make.random(), make.Pick(2) == 0 ? 0.9 : 0.1);
      const Delta& delta = batch.delta();
      const std::span<const Vector> results = program->Run(delta, 0);
      for (size_t e = 0; e < expressions.size(); ++e) {
        for (uint32_t i = 0; i < delta.size(); ++i) {
          const Outcome expected = Expected(*expressions[e], batch, delta.RowAt(i));
          const RowErrors::Entry* error = results[e].errors != nullptr ? results[e].errors->Find(i) : nullptr;
          ASSERT_EQ(expected.error.has_value(), error != nullptr)
              << expressions[e]->ToString() << " row " << i << ": " << expected.error.value_or("no error");
          if (error != nullptr) {
            ASSERT_EQ(error->message, *expected.error);
            ASSERT_FALSE(results[e].IsValid(i));
            continue;
          }
          const Value actual = ReadValue(expressions[e]->type, results[e].values, results[e].validity, i);
          ASSERT_TRUE(Same(actual, expected.value)) << expressions[e]->ToString() << " row " << i << ": "
                                                    << actual.ToString() << " instead of " << expected.value.ToString();
          if (actual.is_null() && expressions[e]->type.id() == TypeId::kVarchar) {
            ASSERT_EQ(results[e].data<StringRef>()[i].size(), 0u);
          }
        }
      }
    }
  }
}

TEST_P(ProgramProperty, FilterKeepsTheRowsThatAreTrue) {
  RandomExpressions make(GetParam() + 1'000);
  for (int round = 0; round < 20; ++round) {
    std::vector<ExpressionPtr> conjuncts;
    const int count = 1 + make.Pick(4);
    for (int i = 0; i < count; ++i) conjuncts.push_back(make.Of(TypeId::kBoolean, 1 + make.Pick(3)));
    ExpressionPtr predicate = std::move(conjuncts[0]);
    if (count > 1) {
      conjuncts[0] = std::move(predicate);
      predicate = FunctionRegistry::Get().BindScalar("and", std::move(conjuncts), "", {});
    }
    const std::unique_ptr<Program> program = Program::Compile({&predicate, 1});
    const uint32_t sizes[] = {1, 64, 100, 2048, 2100, 5000};
    TestBatch batch(kTypes, make.RandomRows(sizes[make.Pick(6)], make.Pick(2) * 0.2));
    if (make.Pick(2) == 0) batch.SelectRandomly(make.random(), 0.5);
    const Delta& delta = batch.delta();

    std::vector<uint32_t> expected;
    std::vector<std::pair<uint32_t, std::string>> expected_errors;
    for (uint32_t i = 0; i < delta.size(); ++i) {
      const Outcome outcome = Expected(*predicate, batch, delta.RowAt(i));
      if (outcome.error) {
        expected_errors.emplace_back(delta.RowAt(i), *outcome.error);
      } else if (!outcome.value.is_null() && outcome.value.get<bool>()) {
        expected.push_back(delta.RowAt(i));
      }
    }
    std::vector<uint32_t> selection(delta.size());
    RowErrors errors;
    selection.resize(program->RunFilter(delta, 0, selection.data(), &errors));
    ASSERT_EQ(selection, expected) << predicate->ToString();
    std::vector<std::pair<uint32_t, std::string>> actual_errors;
    for (const RowErrors::Entry& entry : errors.entries) actual_errors.emplace_back(entry.row, entry.message);
    ASSERT_EQ(actual_errors.size(), expected_errors.size()) << predicate->ToString();
    for (size_t i = 0; i < actual_errors.size(); ++i) ASSERT_EQ(actual_errors[i].first, expected_errors[i].first);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, ProgramProperty, testing::Range(0u, 40u));

ExpressionPtr Column(int index, TypeId type) {
  return Expression::MakeColumn(index, type, true, "c" + std::to_string(index));
}

TEST(Program, ColumnsComeBackAsViews) {
  RandomExpressions make(7);
  TestBatch batch(kTypes, make.RandomRows(5'000, 0.1));
  std::vector<ExpressionPtr> expressions;
  expressions.push_back(Column(0, TypeId::kInt64));
  expressions.push_back(Column(0, TypeId::kInt64));
  const auto program = Program::Compile(expressions);
  const auto results = program->Run(batch.delta(), 0);
  EXPECT_EQ(results[0].values, batch.delta().columns[0].values);
  EXPECT_EQ(results[1].validity, batch.delta().columns[0].validity);
}

TEST(Program, ConstantsAreSpreadOut) {
  RandomExpressions make(8);
  TestBatch batch(kTypes, make.RandomRows(3'000, 0));
  std::vector<ExpressionPtr> expressions;
  expressions.push_back(Expression::MakeConstant(Value::Varchar("a text that is not inline")));
  expressions.push_back(Expression::MakeConstant(Value(TypeId::kInt32)));
  const auto program = Program::Compile(expressions);
  const auto results = program->Run(batch.delta(), 0);
  EXPECT_FALSE(results[0].constant);
  EXPECT_EQ(results[0].data<StringRef>()[2'999].view(), "a text that is not inline");
  EXPECT_FALSE(results[1].IsValid(2'999));
}

TEST(Program, TimeIsThatOfTheRowsCall) {
  RandomExpressions make(9);
  TestBatch batch(kTypes, make.RandomRows(3'000, 0));
  const std::vector<Mark> marks = {{0, 1, 111}, {2'500, 2, 222}};
  batch.delta().marks = marks;
  std::vector<ExpressionPtr> expressions;
  expressions.push_back(FunctionRegistry::Get().BindScalar("now", {}, "", {}));
  const auto program = Program::Compile(expressions);
  auto results = program->Run(batch.delta(), 5);
  EXPECT_EQ(results[0].data<int64_t>()[2'499], 111);
  EXPECT_EQ(results[0].data<int64_t>()[2'500], 222);
  const uint32_t selection[] = {10, 2'600};
  batch.delta().Select(selection, 2);
  results = program->Run(batch.delta(), 5);
  EXPECT_EQ(results[0].data<int64_t>()[0], 111);
  EXPECT_EQ(results[0].data<int64_t>()[1], 222);
  batch.delta().marks = {};
  results = program->Run(batch.delta(), 5);
  EXPECT_EQ(results[0].data<int64_t>()[1], 5);
}

TEST(Program, EmptyBatches) {
  TestBatch batch(kTypes, {});
  std::vector<ExpressionPtr> expressions;
  expressions.push_back(Column(0, TypeId::kInt64));
  expressions.push_back(FunctionRegistry::Get().BindScalar("now", {}, "", {}));
  const auto program = Program::Compile(expressions);
  EXPECT_EQ(program->Run(batch.delta(), 0).size(), 2u);
}

}  // namespace
}  // namespace laminar
