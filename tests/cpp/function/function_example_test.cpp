// Every function's example gives what its documentation says.
#include <gtest/gtest.h>

#include "function/evaluate_sql.h"
#include "function/registry.h"

namespace laminar {

void PrintTo(const FunctionDoc& doc, std::ostream* out) { *out << doc.name; }

namespace {

class FunctionExample : public testing::TestWithParam<FunctionDoc> {};

TEST_P(FunctionExample, GivesItsDocumentedResult) {
  const FunctionDoc& doc = GetParam();
  ASSERT_FALSE(doc.help.empty());
  ASSERT_FALSE(doc.signature.empty());
  ASSERT_FALSE(doc.example.empty());
  EXPECT_EQ(EvaluateSql(doc.example), doc.example_result) << doc.example;
}

std::vector<FunctionDoc> ScalarDocs() {
  std::vector<FunctionDoc> scalar;
  for (const FunctionDoc& doc : FunctionRegistry::Get().docs()) {
    if (FunctionRegistry::Get().IsScalar(doc.name)) scalar.push_back(doc);
  }
  return scalar;
}

INSTANTIATE_TEST_SUITE_P(All, FunctionExample, testing::ValuesIn(ScalarDocs()),
                         [](const testing::TestParamInfo<FunctionDoc>& info) {
                           std::string name = std::to_string(info.index);
                           for (const char c : info.param.name) {
                             if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
                           }
                           return name;
                         });

TEST(FunctionRegistry, HasAtLeastAHundredAndFiftyScalarFunctions) { EXPECT_GE(ScalarDocs().size(), 150u); }

}  // namespace
}  // namespace laminar
