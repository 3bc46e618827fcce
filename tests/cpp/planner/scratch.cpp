#include "planner/planner_test.h"
#include <iostream>
#include <fstream>
namespace laminar {
using Scratch = PlannerTest;
TEST_F(Scratch, Look) {
  std::ifstream in("/work/main/build/planner/queries.sql");
  std::string line;
  while (std::getline(in, line)) {
    if (line.empty()) continue;
    std::cout << "=== " << line << "\n";
    try {
      if (line.starts_with("CREATE")) { auto& e = Run(line); for (auto& f: e.schema.fields()) std::cout << f.name << " " << f.type.ToString() << (f.nullable?"":" NOT NULL") << ", "; std::cout << "\n"; continue; }
      if (line.starts_with("INSERT")) { auto s = sql::ParseStatement(line); auto p = PlanInsert(catalog_, s->As<sql::InsertStatement>(), line, {}); std::cout << Explain(p.query); continue; }
      bool once = line.starts_with("--once ");
      std::string q = once ? line.substr(7) : line;
      std::cout << "BOUND" << BoundText(q) << "RULED" << RuledText(q) << TypesOf(q) << "\n";
      std::cout << Explain(Plan(q, once ? PlanOptions::Query() : PlanOptions::Stream()));
    } catch (const Error& e) { std::cout << "ERROR " << static_cast<int>(e.code()) << " " << e.what() << "\n"; }
  }
}
}
