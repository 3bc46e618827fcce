// Functions of a program's own in SQL: one of rows, one of Arrow arrays would look the same, and an aggregate.
#include <cmath>
#include <cstdlib>
#include <iostream>

#include "laminar/connection.h"

int main() {
  laminar::Connection conn = laminar::Open(":memory:");
  conn.Execute("CREATE TABLE points (name VARCHAR PRIMARY KEY, x DOUBLE, y DOUBLE)");

  // A call brings the rows of a batch, and wants a result for each.
  conn.RegisterFunction("distance", {{"DOUBLE", "DOUBLE"}, "DOUBLE"}, [](laminar::FunctionCall& call) {
    for (int64_t row = 0; row < call.num_rows(); ++row) {
      call.results().SetDouble(0, std::hypot(call.Double(row, 0), call.Double(row, 1)));
      call.results().FinishRow();
    }
  });
  // A call brings the rows of a group, and wants one result.
  conn.RegisterAggregate("root_mean_square", {{"DOUBLE"}, "DOUBLE"}, [](laminar::FunctionCall& call) {
    double squares = 0;
    for (int64_t row = 0; row < call.num_rows(); ++row) squares += call.Double(row, 0) * call.Double(row, 0);
    call.results().SetDouble(0, std::sqrt(squares / static_cast<double>(call.num_rows())));
    call.results().FinishRow();
  });
  conn.Execute("CREATE STREAM summary AS SELECT count(*) AS n, root_mean_square(distance(x, y)) AS rms FROM points");

  conn.Execute("INSERT INTO points VALUES ('a', 3, 4), ('b', 6, 8), ('c', 0, 1000)");
  conn.Execute("DELETE FROM points WHERE distance(x, y) > 100");
  const laminar::QueryResult summary = conn.Query("SELECT * FROM summary");
  std::cout << summary.ToString() << '\n';
  if (std::abs(summary.Double(0, 1) - std::sqrt(62.5)) > 1e-12) {
    std::cerr << "the row that went still counts\n";
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
